/** Writes the bytes of another run's files, and does nothing else: `floor.ts FOLDER FROM`. The time to read them is not counted. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [outdir, from] = [process.argv[2]!, process.argv[3]!];
const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const contents = files.map((entry) => {
  const path = join(entry.parentPath, entry.name);
  return { path: join(outdir, path.slice(from.length)), content: readFileSync(path) };
});
const folders = new Set(contents.map(({ path }) => dirname(path)));
const begin = performance.now();
folders.forEach((folder) => mkdirSync(folder, { recursive: true }));
contents.forEach(({ path, content }) => writeFileSync(path, content));
console.log((performance.now() - begin) / 1000);
