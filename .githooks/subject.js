/** Checks the subject of a commit message: its first paragraph, as in `git log --oneline`. */

const MAX_LENGTH = 72;

/** Git writes these subjects. */
const GENERATED = /^(?:Merge |Revert "|Reapply ")/;

function subjectOf(message) {
  // `git commit --verbose` appends the diff below this line.
  const [text] = message.split(/^# -+ >8 -+$/m);
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  const start = lines.findIndex((line) => line.trim() !== '');
  const paragraph = start === -1 ? [] : lines.slice(start);
  const end = paragraph.findIndex((line) => line.trim() === '');
  return (end === -1 ? paragraph : paragraph.slice(0, end)).map((line) => line.trim()).join(' ');
}

/** The problems of a message. */
function problemsOf(message) {
  const subject = subjectOf(message);
  if (GENERATED.test(subject)) {
    return [];
  }
  if (subject === '') {
    return ['the subject is empty; say in the imperative what the commit does'];
  }
  const problems = [];
  // A spread counts characters; `length` would count an emoji as two.
  const { length } = [...subject];
  if (length > MAX_LENGTH) {
    problems.push(
      `subject: got ${length} characters; must be at most ${MAX_LENGTH}; try to give the reason in the body, after a blank line`,
    );
  }
  if (!/^\p{Lu}/u.test(subject)) {
    problems.push(`subject: got ${JSON.stringify(subject)}; must begin with a capital letter`);
  }
  if (subject.endsWith('.')) {
    problems.push(`subject: got ${JSON.stringify(subject)}; must not end with a period`);
  }
  return problems;
}

module.exports = { problemsOf };
