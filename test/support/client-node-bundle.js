/** Prints the part of `@kubernetes/client-node` that the command uses as one CommonJS file: `node client-node-bundle.js`. */
const { join } = require('node:path');
const { build } = require('esbuild');
const { kubeconfigLoader } = require('../../cli/kubeconfig-loader.js');

async function main() {
  const { outputFiles } = await build({
    stdin: { contents: "export * from '@kubernetes/client-node'", resolveDir: join(__dirname, '../../cli') },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    supported: { 'dynamic-import': false },
    plugins: [kubeconfigLoader],
  });
  process.stdout.write(outputFiles[0].text);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
