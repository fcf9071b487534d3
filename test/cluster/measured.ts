export function writeMeasured(_results: string, _project: string): void {}
