import type { Json } from '../../../../lib/core/yaml';
import { quantityOf } from '../../../../lib/core/quantity';
import { type Expression, call, literal } from './expression';

const MEBI = 2 ** 20;

/** A size in the largest unit that is whole; undefined if it is not of whole mebibytes, which is what `Size` can render. */
export function size(quantity: Json | undefined): Expression | undefined {
  const bytes = quantityOf(String(quantity));
  if (bytes === undefined || bytes <= 0 || bytes % MEBI !== 0) {
    return undefined;
  }
  const mebibytes = bytes / MEBI;
  return mebibytes % 1024 === 0 ? call('Size.gibibytes', literal(mebibytes / 1024)) : call('Size.mebibytes', literal(mebibytes));
}

/** An amount of CPU; undefined if it is not of whole thousandths. */
export function cpu(quantity: Json | undefined): Expression | undefined {
  const cores = quantityOf(String(quantity));
  const millis = cores === undefined ? NaN : Math.round(cores * 1000);
  if (!Number.isSafeInteger(millis) || millis <= 0 || Math.abs(cores! * 1000 - millis) > 1e-9) {
    return undefined;
  }
  return millis % 1000 === 0 ? call('Cpu.units', literal(millis / 1000)) : call('Cpu.millis', literal(millis));
}
