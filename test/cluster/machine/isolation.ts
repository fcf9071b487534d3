import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run, until } from '../../support/command';

/**
 * The command that isolates a cluster from the machine in kernel namespaces of its own. In a PID namespace all processes end when the
 * first one ends, even if it is killed. Mounts and network interfaces disappear with their namespaces. Control groups have no namespace
 * here; they are created under one prefix and removed afterwards.
 */
export const ISOLATED = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'tini', '--'];

/** Folders that some programs write to and that cannot be configured. In the namespaces, each of them is a tmpfs in memory. */
const SCRATCH = ['/run', '/var/lib/cni', '/var/lib/kubelet', '/var/lib/containerd', '/var/log/containers', '/var/log/pods'];

/**
 * Kernel settings that the kubelet changes for the whole machine when it starts. A file with the current value is mounted over each, so
 * the kubelet reads and writes that file, and the machine's settings stay as they are.
 */
const KERNEL_SETTINGS = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'].map(
  (name) => `/proc/sys/${name}`,
);

const CGROUPS = '/sys/fs/cgroup';
const CGROUP_PREFIX = 'cdk8s-canary-';

/** Prepares this process's kernel namespaces for a cluster. Returns a folder in memory for all files of the cluster. */
export async function settleIn(): Promise<string> {
  for (const folder of SCRATCH) {
    mkdirSync(folder, { recursive: true });
    await run(['mount', '-t', 'tmpfs', 'tmpfs', folder]);
  }
  const folder = '/run/cluster';
  mkdirSync(folder);
  for (const setting of KERNEL_SETTINGS) {
    const cover = join(folder, setting.replaceAll('/', '-'));
    writeFileSync(cover, readFileSync(setting));
    await run(['mount', '--bind', cover, setting]);
  }
  return folder;
}

/** The processor weight by version 1 and 2 of control groups: many times the default of a group. */
const WEIGHTS = { 'cpu.shares': '8192', 'cpu.weight': '10000' } as const;

/**
 * Creates a control group for the pods of the run with the given outer process, in each of the machine's hierarchies. The pods need
 * little of the processor, but they need it at once, because other programs wait for their responses.
 */
export function makeCgroup(outerPid: number): string {
  const name = `${CGROUP_PREFIX}${outerPid}`;
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, name);
    mkdirSync(group, { recursive: true });
    for (const [file, weight] of Object.entries(WEIGHTS)) {
      if (existsSync(join(group, file))) {
        writeFileSync(join(group, file), weight);
      }
    }
  }
  return `/${name}`;
}

/** Removes the control groups of this run, and those of runs that were killed before they could remove them. */
export async function removeCgroups(): Promise<void> {
  thawCgroups();
  for (const group of ownCgroups()) {
    await until(`control group ${group} to be empty`, 10, () => {
      try {
        // The innermost ones first.
        withDescendants(group)
          .reverse()
          .forEach((one) => rmdirSync(one));
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EBUSY') {
          return undefined;
        }
        throw error;
      }
    });
  }
}

/** Lets the processes in these control groups run on. A process that is frozen does not end, not even by SIGKILL. */
export function thawCgroups(): void {
  ownCgroups().flatMap(withDescendants).forEach(thaw);
}

/** The control groups of this run, and those of runs that have ended. */
function ownCgroups(): string[] {
  const isOwn = (owner: string) => owner === String(process.pid) || !existsSync(`/proc/${owner}`);
  return hierarchies().flatMap((hierarchy) =>
    readdirSync(hierarchy)
      .filter((entry) => entry.startsWith(CGROUP_PREFIX) && isOwn(entry.slice(CGROUP_PREFIX.length)))
      .map((entry) => join(hierarchy, entry)),
  );
}

/** A control group and all groups in it, each before those in it. */
function withDescendants(group: string): string[] {
  const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [group, ...inner.flatMap(({ name }) => withDescendants(join(group, name)))];
}

/** runc freezes a container's control group while it changes its settings, and leaves it frozen if it is killed in between. */
function thaw(group: string): void {
  for (const [file, thawed] of [
    ['freezer.state', 'THAWED'],
    ['cgroup.freeze', '0'],
  ] as const) {
    // The root of a hierarchy has no such file.
    if (existsSync(join(group, file))) {
      writeFileSync(join(group, file), thawed);
    }
  }
}

/** Lists the mounted hierarchies: version 1 has one for each kind of resource, version 2 has a single one. */
function hierarchies(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts
    .map((line) => line.split(' '))
    .flatMap(([, path, type]) => (type?.startsWith('cgroup') && path!.startsWith(CGROUPS) ? [path!] : []));
}

/** Lists everything that a cluster could leave behind on the machine, as lines to compare before and after a run. */
export async function traces(): Promise<string[]> {
  const output = async (...argv: string[]) => (await attempt(argv)).stdout.split('\n').filter(Boolean);
  const links = await output('ip', '-o', 'link');
  const groups = hierarchies().flatMap((hierarchy) => readdirSync(hierarchy).filter((name) => name.startsWith(CGROUP_PREFIX)));
  const processes = readdirSync('/proc').flatMap(elsewhere);
  return [
    ...(await output('ip', 'netns', 'list')).map((line) => `network namespace ${line}`),
    ...links.map((line) => `interface ${line.split(':')[1]!.trim()}`),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => `mount ${line}`),
    ...(await output('iptables-save')).filter((line) => line.startsWith('-A')).map((line) => `iptables rule ${line}`),
    ...groups.map((name) => `control group ${name}`),
    ...processes,
  ];
}

/** Returns a line for a process in other kernel namespaces than this one; an empty list for any other process. */
function elsewhere(pid: string): string[] {
  try {
    const isOther = (kind: string) => readlinkSync(`/proc/${pid}/ns/${kind}`) !== readlinkSync(`/proc/self/ns/${kind}`);
    return /^\d+$/.test(pid) && ['net', 'pid', 'mnt'].some(isOther)
      ? [`process ${pid} ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}`]
      : [];
  } catch {
    // The process has ended in the meantime.
    return [];
  }
}
