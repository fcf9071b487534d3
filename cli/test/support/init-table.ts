import { declare } from '../../src/core/init/declare';
import { FEATURES, objectsOf, serviceWith } from './init-features';

/** The table of docs/reference/init.md, between its marks: for each feature, what declares it. */
export function initTable(): string {
  const rows = Object.keys(FEATURES).map((feature) => {
    const { report } = declare(objectsOf(serviceWith(feature)), { image: 'registry.example/orders:2.4' });
    const paths = report.patches.map(({ path }) => `\`${path}\``);
    return { feature, how: paths.length === 0 ? 'properties' : `a patch of ${paths.join(', ')}`, isPatched: paths.length > 0 };
  });
  const patched = rows.filter(({ isPatched }) => isPatched).length;
  return [
    '<!-- table -->',
    `${rows.length - patched} of ${rows.length} features need no patch.`,
    '',
    '| feature | declared by |',
    '| --- | --- |',
    ...rows.map(({ feature, how }) => `| ${feature} | ${how} |`),
    '<!-- end of table -->',
  ].join('\n');
}
