import type { Report } from '../core/init/report';
import type { Paint } from './terminal';

/** The report of a new app as text for people. */
export function initText(report: Report, paint: Paint): string {
  const { same, differs, patches, restarts, left, remarks } = report;
  const sections = [
    section('Same', same),
    section('Differs', differs),
    section(
      'Patches, because no property sets the field',
      patches.map(({ path, why }) => `${path}: ${why}`),
    ),
    section(
      restarts.length > 0 ? 'Restarts all pods once, at the first apply of stage-0' : 'Restarts no pod that runs now',
      restarts,
      true,
    ),
    section(
      'Left as it is, outside the app',
      left.map(({ object, why }) => `${object}: ${why}`),
    ),
    section('To know', remarks),
  ];
  return sections.filter((text) => text !== '').join('\n');

  function section(title: string, lines: readonly string[], isAlways = false): string {
    return lines.length === 0 && !isAlways ? '' : [paint('bold', title), ...lines.map((line) => `  ${line}`)].join('\n');
  }
}
