/** nginx whose two versions have a configuration each: a directory of files, a variable, and a Secret by reference. */
import { join } from 'node:path';
import { Chart } from 'cdk8s';
import { EmptyDirMedium, EnvValue, Probe, Secret, Volume } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, Stages, type TrackOptions, VersionedConfig } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'front');
const tmp = Volume.fromEmptyDir(chart, 'tmp', 'tmp', { medium: EmptyDirMedium.MEMORY });

/** What differs between versions: the image, the files of a directory, a variable, and the Secret that is read. */
function version(number: string, { locale, token }: { readonly locale: string; readonly token: string }): Omit<TrackOptions, 'name'> {
  const files = new VersionedConfig(chart, `nginx-${number}`, {
    name: 'front-nginx',
    directories: [{ path: join(__dirname, `nginx-${number}`) }],
  });
  const flags = new VersionedConfig(chart, `flags-${number}`, { name: 'front-flags', data: { LOCALE: locale } });
  return {
    version: number,
    image: `nginxinc/nginx-unprivileged:${number}`,
    env: {
      LOCALE: EnvValue.fromConfigMap(flags, 'LOCALE'),
      TOKEN: EnvValue.fromSecretValue({ secret: Secret.fromSecretName(chart, `token-${number}`, token), key: 'token' }),
    },
    volumeMounts: [
      { path: '/tmp', volume: tmp },
      { path: '/etc/nginx/conf.d', readOnly: true, volume: Volume.fromConfigMap(chart, `files-${number}`, files, { name: 'nginx' }) },
    ],
  };
}

new CanaryPair(chart, 'front', {
  stages: Stages.percent(25, 50, 100),
  service: { name: 'front', ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  pod: { ports: [{ name: 'http', number: 8080 }], readiness: Probe.fromHttpGet('/', { port: 8080 }) },
  // The locale is the same, so both versions share one object for it.
  stable: { name: 'front-a', ...version('1.28', { locale: 'ko_KR', token: 'front-token-v1' }) },
  canary: { name: 'front-b', ...version('1.29', { locale: 'ko_KR', token: 'front-token-v2' }) },
});

app.synth();
