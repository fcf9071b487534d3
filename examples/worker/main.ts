/** A worker that reads a topic with six partitions. It has no Service: its pods divide the work. */
import { Chart, Duration } from 'cdk8s';
import { EnvValue, Probe, Secret } from 'cdk8s-plus-27';
import { CanaryApp, CanaryPair, ContainerRestartPolicy, PreStop, Stages } from '../../lib';

const app = new CanaryApp();
const chart = new Chart(app, 'mailer');
const broker = Secret.fromSecretName(chart, 'broker', 'mailer-broker');

new CanaryPair(chart, 'mailer', {
  // Without a Service the pair needs a name of its own.
  name: 'mailer',
  // One pod for each partition, at every stage: a seventh would read nothing.
  baseline: 6,
  fixedTotal: true,
  floor: 5,
  stages: Stages.percent(17, 50, 100),
  pod: {
    image: 'registry.example.com/mailer:4.1.0',
    env: { BROKER_URL: EnvValue.fromSecretValue({ secret: broker, key: 'url' }) },
    // The worker touches a file after each batch. No probe could connect to it, because it listens on no port.
    readiness: Probe.fromCommand(['test', '-e', '/tmp/ready']),
    // No request can arrive, so there is nothing to wait for before SIGTERM; the batch in progress gets two minutes.
    preStop: PreStop.none(),
    terminationGracePeriod: Duration.minutes(2),
    // The proxy starts before the worker and stops after it.
    initContainers: [
      {
        name: 'cloud-sql-proxy',
        image: 'gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.0',
        args: ['--port=5432', 'shop:europe-west2:mail'],
        restartPolicy: ContainerRestartPolicy.ALWAYS,
        startup: Probe.fromTcpSocket({ port: 5432, periodSeconds: Duration.seconds(1) }),
      },
    ],
  },
  stable: { name: 'mailer-a', version: '4.1.0' },
  canary: { name: 'mailer-b', version: '4.2.0', image: 'registry.example.com/mailer:4.2.0' },
  accept: { 'no-pre-stop': 'no requests reach a worker' },
});

app.synth();
