import { type Expression, call, list, name } from './expression';
import { commentLines, print } from './print';

/** The pieces of a program that declares one pair. */
export interface Program {
  readonly title: string;
  readonly chart: string;
  readonly constants: readonly { readonly name: string; readonly value: Expression }[];
  readonly pair: Expression;
  /** The route of the pair; undefined if the pods divide the traffic. */
  readonly route?: Expression;
  readonly patches: readonly PatchCall[];
}

/** A call that adds JSON patches to an object of the app. */
export interface PatchCall {
  readonly callee: string;
  readonly operations: readonly { readonly why: string; readonly operation: Expression }[];
}

/** The program as TypeScript, with the imports that it uses. */
export function programText(program: Program): string {
  const { chart, pair, route, patches } = program;
  const constants = usedConstants(program);
  const isNamed = (constant: string) => patches.some(({ callee }) => new RegExp(`\\b${constant}\\.`).test(callee));
  const statements = [
    statement('const app = ', call('new CanaryApp')),
    statement('const chart = ', call('new Chart', name('app'), { kind: 'literal', value: chart })),
    ...(constants.length > 0 ? ['', ...constants.map(({ name: constant, value }) => statement(`const ${constant} = `, value))] : []),
    '',
    statement(route || isNamed('pair') ? 'const pair = ' : '', pair),
    ...(route ? ['', statement(isNamed('route') ? 'const route = ' : '', route)] : []),
    ...patches.flatMap((patch) => ['', patchText(patch)]),
    '',
    'app.synth();',
  ];
  const expressions = [
    call('new CanaryApp'),
    call('new Chart'),
    ...constants.map(({ value }) => value),
    pair,
    ...(route ? [route] : []),
    ...patches.map(({ callee, operations }) => call(callee, ...operations.map(({ operation }) => operation))),
  ];
  return `${headOf(program)}\n${imports(expressions)}\n\n${statements.join('\n')}\n`;
}

/** The constants that the program uses: a field that no property can express may have declared some before it became a patch. */
function usedConstants({ constants, pair, route }: Program): Program['constants'] {
  const used = new Set([...roots(pair), ...(route ? roots(route) : [])]);
  return constants.reduceRight<Program['constants']>((kept, constant) => {
    if (!used.has(constant.name)) {
      return kept;
    }
    // A constant may use those before it.
    [...roots(constant.value)].forEach((root) => used.add(root));
    return [constant, ...kept];
  }, []);
}

function headOf({ title }: Program): string {
  return `/**\n * ${title.replaceAll('*/', '* /')}\n *\n *   npm run synth   writes dist/, a folder of manifests for each stage\n */`;
}

function statement(head: string, value: Expression): string {
  return `${head}${print(value, '', head.length)};`;
}

function patchText({ callee, operations }: PatchCall): string {
  const lines = operations.map(({ why, operation }) => `${commentLines(`${sentence(why)}.`, '  ')}  ${print(operation, '  ')},\n`);
  return `${callee}(\n${lines.join('')});`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The packages that have the names of the program. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  cdk8s: ['ApiObject', 'Chart', 'Duration', 'JsonPatch', 'Size'],
  'cdk8s-canary': [
    'CanaryApp',
    'CanaryPair',
    'ContainerRestartPolicy',
    'ExternalTrafficPolicy',
    'IpFamily',
    'IpFamilyPolicy',
    'IstioVirtualService',
    'PodSecurity',
    'PreStop',
    'Probes',
    'Promotion',
    'SessionAffinity',
    'Stages',
    'TopologySpread',
  ],
  'cdk8s-plus-27': [
    'Capability',
    'ConfigMap',
    'ConnectionScheme',
    'Cpu',
    'DeploymentStrategy',
    'DnsPolicy',
    'EmptyDirMedium',
    'Env',
    'EnvFieldPaths',
    'EnvValue',
    'FsGroupChangePolicy',
    'Handler',
    'HostPathVolumeType',
    'ImagePullPolicy',
    'LabelSelector',
    'Metric',
    'MetricTarget',
    'MountPropagation',
    'PercentOrAbsolute',
    'PersistentVolumeClaim',
    'Probe',
    'Protocol',
    'Replicas',
    'ResourceFieldPaths',
    'ScalingStrategy',
    'Secret',
    'ServiceAccount',
    'ServiceType',
    'Volume',
  ],
};

function imports(expressions: readonly Expression[]): string {
  const used = new Set(expressions.flatMap((expression) => [...roots(expression)]));
  return Object.entries(PACKAGES)
    .flatMap(([library, names]) => {
      const needed = names.filter((each) => used.has(each));
      const text = `import { ${needed.join(', ')} } from '${library}';`;
      const lines = needed.map((each) => `  ${each},\n`).join('');
      return needed.length === 0 ? [] : [text.length <= 120 ? text : `import {\n${lines}} from '${library}';`];
    })
    .join('\n');
}

/** The first words of all names in an expression: `EnvValue` of `EnvValue.fromValue`. */
function* roots(expression: Expression): Generator<string> {
  switch (expression.kind) {
    case 'literal':
      return;
    case 'name':
      yield expression.text.split('.')[0]!;
      return;
    case 'call':
      yield expression.callee.replace(/^new /, '').split(/[.(]/)[0]!;
      yield* roots(list(expression.args));
      return;
    case 'list':
      for (const item of expression.items) {
        yield* roots(item);
      }
      return;
    case 'object':
      for (const { value } of expression.entries) {
        yield* roots(value);
      }
  }
}
