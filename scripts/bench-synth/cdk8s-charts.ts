/** Plain cdk8s as most users write it, with a chart for each service and an app for each stage: `cdk8s-charts.ts COUNT FOLDER`. */
import { ApiObject, type ApiObjectProps, App, Chart } from 'cdk8s';
import { STAGES, objectsOf, serviceName } from './objects';

const [count, outdir] = [Number(process.argv[2]), process.argv[3]!];
for (const stage of STAGES) {
  const app = new App({ outdir: `${outdir}/${stage.folder}` });
  for (let n = 0; n < count; n += 1) {
    const chart = new Chart(app, serviceName(n));
    objectsOf(serviceName(n), stage).forEach((object, index) => new ApiObject(chart, `object-${index}`, object as ApiObjectProps));
  }
  app.synth();
}
