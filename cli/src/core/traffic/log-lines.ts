import { plainText } from '../text/plain-text';

/** The default pattern for error lines of a log. It extends the tutorial's `grep -i error`. */
export const ERROR_PATTERN = '\\b(error|exception|panic|fatal)\\b';

/** Longer lines are cut off before they are matched, so that a pattern does not run over a megabyte. */
const LONGEST_LINE = 4_096;

/** The number of lines of a log, and of those that match. */
export interface MatchedLines {
  readonly lines: number;
  readonly matched: number;
  /** The last matching lines, safe to print. */
  readonly examples: readonly string[];
}

/**
 * Counts the lines of a log.
 *
 * @param log the log as the API returns it with `timestamps`: each line begins with its time
 * @param since ISO 8601. The API only accepts whole seconds, so the log may have earlier lines, which do not count
 */
export function matchedLines(log: string, pattern: RegExp, since: string, mostExamples = 3): MatchedLines {
  const lines = log.split('\n').flatMap((line) => {
    const split = line.indexOf(' ');
    const [stamp, text] = [line.slice(0, split), line.slice(split + 1)];
    return text !== '' && Date.parse(stamp) >= Date.parse(since) ? [text] : [];
  });
  const matched = lines.map((line) => plainText(line.slice(0, LONGEST_LINE))).filter((line) => pattern.test(line));
  return { lines: lines.length, matched: matched.length, examples: mostExamples === 0 ? [] : matched.slice(-mostExamples) };
}

export function addedLines(parts: readonly MatchedLines[], mostExamples = 3): MatchedLines {
  return {
    lines: parts.reduce((sum, { lines }) => sum + lines, 0),
    matched: parts.reduce((sum, { matched }) => sum + matched, 0),
    examples: parts.flatMap(({ examples }) => examples).slice(0, mostExamples),
  };
}
