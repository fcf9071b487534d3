import { Size, SizeRoundingBehavior } from 'cdk8s';
import { type ContainerResources, Cpu } from '../kplus';
import * as names from '../core/names';
import { type Input, isMap } from './input';

const RESOURCES: Readonly<Record<keyof ContainerResources, true>> = { cpu: true, ephemeralStorage: true, memory: true };
const REQUEST_AND_LIMIT = { limit: true, request: true } as const;

/** Rejects values that cdk8s-plus would omit silently, or would reject only while it renders. */
export function checkResources(input: Input, property: string, resources: unknown): void {
  if (resources === undefined || !input.known(property, resources, RESOURCES)) {
    return;
  }
  const { cpu, memory, ephemeralStorage } = resources as Record<string, unknown>;
  checkAmounts(input, `${property}.cpu`, cpu, (field, amount) => {
    if (input.instance(field, amount, Cpu, 'Cpu.millis(100)') && !/^\d+(\.\d+)?m?$/.test(String((amount as Cpu).amount))) {
      input.reject(field, (amount as Cpu).amount, 'be a number of CPUs', 'Cpu.millis(100)');
    }
  });
  checkAmounts(input, `${property}.memory`, memory, (field, amount) => checkSize(input, field, amount, 'Size.mebibytes(128)'));
  checkAmounts(input, `${property}.ephemeralStorage`, ephemeralStorage, (field, amount) =>
    checkSize(input, field, amount, 'Size.gibibytes(1)'),
  );
}

function checkAmounts(input: Input, property: string, amounts: unknown, check: (field: string, amount: unknown) => void): void {
  if (amounts !== undefined && input.known(property, amounts, REQUEST_AND_LIMIT)) {
    for (const [name, amount] of Object.entries(amounts as object)) {
      check(`${property}.${name}`, amount);
    }
  }
}

function checkSize(input: Input, property: string, amount: unknown, suggestion: string): void {
  if (input.instance(property, amount, Size, suggestion) && !isWhole(amount as Size)) {
    const got = `${(amount as Size).toKibibytes({ rounding: SizeRoundingBehavior.NONE })}Ki`;
    input.reject(property, got, 'be a whole number of Mi', suggestion);
  }
}

function isWhole(size: Size): boolean {
  try {
    return Number.isInteger(size.toMebibytes());
  } catch {
    return false;
  }
}

/** Checks extended resources by the rules of the API server for their names. */
export function checkExtendedResources(input: Input, property: string, resources: unknown): void {
  if (resources === undefined) {
    return;
  }
  if (!isMap(resources)) {
    input.reject(property, resources, 'be a map from names to whole numbers', "{ 'nvidia.com/gpu': 1 }");
    return;
  }
  for (const [name, count] of Object.entries(resources)) {
    const at = `${property}[${JSON.stringify(name)}]`;
    if (!isExtended(name)) {
      const must = 'have the name of an extended resource: a DNS name, "/" and a name, or "hugepages-" and a size';
      input.reject(at, count, must, ['cpu', 'memory', 'ephemeral-storage'].includes(name) ? 'resources' : '"nvidia.com/gpu"');
    }
    input.requiredInteger(at, count, 0, Number.MAX_SAFE_INTEGER);
  }
}

function isExtended(name: string): boolean {
  const [prefix, ...rest] = name.split('/');
  const isNative = prefix!.endsWith('kubernetes.io') || name.startsWith('requests.');
  return (rest.length === 1 && names.isLabelKey(name) && !isNative) || /^hugepages-\d+[KMGT]i$/.test(name);
}
