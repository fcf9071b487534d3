/**
 * Test files run in several processes and share one node, so the first one to create a file or a folder owns what it stands for.
 *
 * @param create must fail if the file or folder exists
 * @returns false if another process was first
 */
export function isFirst(create: () => void): boolean {
  try {
    create();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}
