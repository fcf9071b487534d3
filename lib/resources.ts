import type { Size } from 'cdk8s';
import type * as kplus from './kplus';
import type { JsonObject } from './core/yaml';

/** Container properties without the ephemeral storage, which cdk8s-plus renders in whole Gi only. */
export function withoutEphemeralStorage(props: kplus.ContainerProps): kplus.ContainerProps {
  return props.resources?.ephemeralStorage ? { ...props, resources: { ...props.resources, ephemeralStorage: undefined } } : props;
}

/** Adds the ephemeral storage of the properties to a rendered container. */
export function withEphemeralStorage(container: JsonObject, { resources }: kplus.ContainerProps): JsonObject {
  const { limit, request } = resources?.ephemeralStorage ?? {};
  const storage = (size: Size | undefined): JsonObject => (size ? { 'ephemeral-storage': sizeText(size) } : {});
  return limit || request ? withAmounts(container, storage(limit), storage(request)) : container;
}

/** Adds extended resources to a rendered container. Nothing can be requested of one that is not its limit, too. */
export function withExtendedResources(container: JsonObject, counts: { readonly [name: string]: number } = {}): JsonObject {
  const amounts = Object.fromEntries(
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => [name, String(count)]),
  );
  return Object.keys(amounts).length > 0 ? withAmounts(container, amounts, amounts) : container;
}

function withAmounts(container: JsonObject, limits: JsonObject, requests: JsonObject): JsonObject {
  const rendered = (container.resources ?? {}) as { limits?: JsonObject; requests?: JsonObject };
  const joined = { limits: { ...rendered.limits, ...limits }, requests: { ...rendered.requests, ...requests } };
  return { ...container, resources: Object.fromEntries(Object.entries(joined).filter(([, amounts]) => Object.keys(amounts).length > 0)) };
}

function sizeText(size: Size): string {
  const mebibytes = size.toMebibytes();
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
