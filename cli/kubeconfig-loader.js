const { dirname, join } = require('node:path');

/**
 * A plugin of esbuild that bundles only the kubeconfig loader of client-node. Otherwise the bundle has a class for every kind of the
 * Kubernetes API, and a library for HTTP requests that we do not use; loading them would take a third of the time in which a command starts.
 */
const kubeconfigLoader = {
  name: 'kubeconfig-loader',
  setup({ onResolve, onLoad }) {
    const dist = dirname(require.resolve('@kubernetes/client-node'));
    onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({ path: join(dist, 'config.js') }));
    onLoad({ filter: /[\\/]client-node[\\/]dist[\\/]gen[\\/]index\.js$/ }, () => ({
      contents: "export { createConfiguration } from './configuration.js'; export { ServerConfiguration } from './servers.js';",
      resolveDir: join(dist, 'gen'),
    }));
    onResolve({ filter: /^node-fetch$/ }, () => ({ path: 'node-fetch', namespace: 'global' }));
    onLoad({ filter: /./, namespace: 'global' }, () => ({
      contents: 'export const { Headers } = globalThis; export default globalThis.fetch;',
    }));
  },
};

module.exports = { kubeconfigLoader };
