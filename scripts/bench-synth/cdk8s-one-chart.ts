/** Plain cdk8s for users who know its limits, all services in one chart and an app for each stage: `cdk8s-one-chart.ts COUNT FOLDER`. */
import { ApiObject, type ApiObjectProps, App, Chart } from 'cdk8s';
import { STAGES, objectsOf, serviceName } from './objects';

const [count, outdir] = [Number(process.argv[2]), process.argv[3]!];
for (const stage of STAGES) {
  const app = new App({ outdir: `${outdir}/${stage.folder}` });
  const chart = new Chart(app, 'services');
  for (let n = 0; n < count; n += 1) {
    objectsOf(serviceName(n), stage).forEach((object, index) => new ApiObject(chart, `${n}-${index}`, object as ApiObjectProps));
  }
  app.synth();
}
