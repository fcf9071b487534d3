import { type Chart, Names, YamlOutputType } from 'cdk8s';
import type { Template } from '../rendered/template';

/** One file of every stage's folder: its path in the folder, and its objects in order. */
export interface FileOfObjects {
  readonly path: string;
  readonly templates: readonly Template[];
}

/**
 * Divides the objects into files, as cdk8s does for the same output type. If each object has its own file, the file name begins with the
 * object's rank, because kubectl applies the files of a folder in the order of their names, and no two objects share a name.
 */
export function layOut(
  charts: ReadonlyMap<Chart, readonly Template[]>,
  options: { readonly outputType: YamlOutputType; readonly extension: string; readonly chartsDepend: boolean },
): FileOfObjects[] {
  const { outputType, extension, chartsDepend } = options;
  const named = [...charts].map(([chart, templates], index) => ({
    name: chartsDepend ? `${String(index).padStart(4, '0')}-${Names.toDnsLabel(chart)}` : Names.toDnsLabel(chart),
    templates,
  }));
  switch (outputType) {
    case YamlOutputType.FILE_PER_APP:
      return named.length === 0 ? [] : [{ path: `app${extension}`, templates: named.flatMap(({ templates }) => templates) }];
    case YamlOutputType.FILE_PER_RESOURCE:
      return filePerObject(
        named.flatMap(({ templates }) => templates),
        '',
        extension,
      );
    case YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE:
      return named.flatMap(({ name, templates }) => filePerObject(templates, `${name}/`, extension));
    default:
      return named.map(({ name, templates }) => ({ path: `${name}${extension}`, templates }));
  }
}

function filePerObject(templates: readonly Template[], folder: string, extension: string): FileOfObjects[] {
  let rank = 0;
  const taken = new Set<string>();
  return templates.map((template) => {
    // Never lower than the rank before, because an explicit dependency may require another order than the kinds.
    rank = Math.max(rank, template.rank);
    return { path: uniquePath(`${folder}${fileName(template, rank)}`, extension, taken), templates: [template] };
  });
}

function fileName({ construct, json }: Template, rank: number): string {
  const { name, namespace } = json.metadata as { name?: string; namespace?: string };
  const inNamespace = namespace !== undefined && namespace !== construct.chart.namespace ? `${namespace}-` : '';
  return `${String(rank).padStart(2, '0')}-${construct.kind.toLowerCase()}-${inNamespace}${name}`.replace(/[^0-9a-z._-]/g, '-');
}

function uniquePath(path: string, extension: string, taken: Set<string>): string {
  for (let count = 1; ; count++) {
    const candidate = `${path}${count === 1 ? '' : `-${count}`}${extension}`;
    if (!taken.has(candidate)) {
      taken.add(candidate);
      return candidate;
    }
  }
}
