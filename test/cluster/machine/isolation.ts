import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from '../../support/command';

/**
 * How a cluster is kept apart from the machine. It lives in namespaces of its own: of processes, so that all end when
 * the first of them ends, however it ends; of mounts and of the network, so that those go with them. What the kernel
 * has no namespace for here (control groups) lies under one name and is removed afterwards.
 */
export const ISOLATED = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'tini', '--'];

/** Where programs write that cannot be told another place; within the namespaces, all of it is memory. */
const SCRATCH = ['/run', '/var/lib/cni', '/var/lib/kubelet', '/var/lib/containerd', '/var/log/containers', '/var/log/pods'];

/**
 * What the kubelet sets for the whole machine when it starts. Each of these is covered by a file with the value that it
 * has, so the kubelet finds and sets what it wants, and the machine stays as it is.
 */
const KERNEL_SETTINGS = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'].map(
  (name) => `/proc/sys/${name}`,
);

const CGROUPS = '/sys/fs/cgroup';
const CGROUP_PREFIX = 'cdk8s-canary-';

/** Makes the namespaces that this process is in ready for a cluster. Returns a folder in memory for all that it writes. */
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

/** The weight of the processor's time by version 1 and 2 of control groups: many times what a group has by default. */
const WEIGHTS = { 'cpu.shares': '8192', 'cpu.weight': '10000' } as const;

/**
 * A control group for the pods of the run whose outer process is given, in every hierarchy that the machine has. What runs in there needs
 * little of the processor, and needs it at once, for others wait for its answers.
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

/** Removes the control groups of this run, and of those that were killed before they could. */
export function removeCgroups(): void {
  for (const hierarchy of hierarchies()) {
    for (const name of readdirSync(hierarchy).filter((entry) => entry.startsWith(CGROUP_PREFIX))) {
      const owner = name.slice(CGROUP_PREFIX.length);
      if (owner === String(process.pid) || !existsSync(`/proc/${owner}`)) {
        removeGroup(join(hierarchy, name));
      }
    }
  }
}

function removeGroup(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      removeGroup(join(group, entry.name));
    }
  }
  rmdirSync(group);
}

/** Version 1 has a hierarchy for each kind of resource, version 2 a single one. */
function hierarchies(): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts
    .map((line) => line.split(' '))
    .flatMap(([, path, type]) => (type?.startsWith('cgroup') && path!.startsWith(CGROUPS) ? [path!] : []));
}

/** What a cluster could leave behind on the machine, as lines to compare before and after. */
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

/** A process that lives in other namespaces than this one. */
function elsewhere(pid: string): string[] {
  try {
    const isOther = (kind: string) => readlinkSync(`/proc/${pid}/ns/${kind}`) !== readlinkSync(`/proc/self/ns/${kind}`);
    return /^\d+$/.test(pid) && ['net', 'pid', 'mnt'].some(isOther)
      ? [`process ${pid} ${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()}`]
      : [];
  } catch {
    // It has ended in the meantime.
    return [];
  }
}
