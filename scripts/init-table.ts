/**
 * Writes the table of docs/reference/init.md: for each feature of the tests, how `kubectl canary init` declares it.
 *
 *     npm run docs:init
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initTable } from '../cli/test/support/init-table';

const PAGE = join(__dirname, '..', 'docs', 'reference', 'init.md');

const text = readFileSync(PAGE, 'utf8');
writeFileSync(PAGE, text.replace(/<!-- table -->[\s\S]*<!-- end of table -->/, initTable()));
