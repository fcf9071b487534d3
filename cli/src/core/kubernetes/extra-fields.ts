import { type Resource, at } from '../resource';
import { contains } from './compare';
import { isDefault } from './defaults';
import { type FieldPath, fieldText, fieldsV1Key, itemsByKey } from './field-path';
import { lastApplied } from './last-applied';
import { isMap, sameJson } from './objects';

/** A field that an object in the cluster has and its manifest does not. */
export interface ExtraField {
  /** In the notation of the API server: `.spec.template.spec.containers[name="web"].env[name="A"]`. */
  readonly field: string;
  /** The path to the field, or to the atomic list that contains it: what a field manager can own. */
  readonly path: FieldPath;
  readonly live: unknown;
}

/**
 * The parts of a kind that belong to its manifest as a whole, and the fields in them that others write: the counts of autoscalers, the
 * pause of `kubectl rollout`, what the API server or a cloud provider allocates.
 */
const SCOPES: Readonly<Record<string, { readonly parts: readonly string[]; readonly except?: RegExp }>> = {
  'apps/Deployment': { parts: ['spec'], except: /^\.spec\.(replicas|paused)$/ },
  'apps/StatefulSet': { parts: ['spec'], except: /^\.spec\.(replicas|volumeClaimTemplates)\b/ },
  'apps/DaemonSet': { parts: ['spec'] },
  '/Service': {
    parts: ['spec'],
    except: /^\.spec\.(clusterIPs?|ipFamil(ies|yPolicy)|healthCheckNodePort|externalIPs|externalName|loadBalancer(IP|Class))$|\.nodePort$/,
  },
  '/ConfigMap': { parts: ['data', 'binaryData'] },
  'policy/PodDisruptionBudget': { parts: ['spec'] },
  'autoscaling/HorizontalPodAutoscaler': { parts: ['spec'] },
  'networking.k8s.io/NetworkPolicy': { parts: ['spec'] },
  'networking.istio.io/VirtualService': { parts: ['spec'] },
  'networking.istio.io/DestinationRule': { parts: ['spec'] },
  'gateway.networking.k8s.io/HTTPRoute': { parts: ['spec'] },
  'gateway.networking.k8s.io/GRPCRoute': { parts: ['spec'] },
  'gateway.networking.k8s.io/TCPRoute': { parts: ['spec'] },
};

/**
 * Labels and annotations by which other tools track their objects or restart pods. In a pod template, their removal would restart all pods.
 *
 * This list is longer than the one of `lib/core/template-identity.ts`, and must stay so. There, a name says nothing about what the pods run, and
 * a change of it alone is no change of the template. Here, a name is only left alone where the manifest does not have it. An application
 * may read `app.kubernetes.io/instance`, so a declared change of it counts there; removing one that Helm set is never right, so it is kept here.
 */
const KEPT_NAME =
  /^(kubectl\.kubernetes\.io\/(restartedAt|last-applied-configuration)|app\.kubernetes\.io\/(instance|managed-by)|reloader\.stakater\.com\/last-reloaded-from|(argocd\.argoproj\.io|([\w-]+\.)*fluxcd\.io|(meta\.)?helm\.sh|kapp\.k14s\.io|([\w-]+\.)*cattle\.io|skaffold\.dev|cdk8s-canary)\/.*)$/;

/** The variables by which Reloader restarts pods. */
const KEPT_VARIABLE = /^STAKATER_/;

/**
 * Returns the fields that an object has in the cluster and not in its manifest, each at the highest level at which it is extra: all in the
 * parts that belong to the manifest as a whole, and elsewhere those that `kubectl apply` would remove. Replica counts, allocated values,
 * tracking labels and restarts are never extra.
 *
 * @param asNew the object as the API server would create it now: fields that it has with the same value come from defaults and webhooks.
 * Without it, the defaults of Kubernetes are left out.
 */
export function extraFields(live: Resource, manifest: Resource, asNew?: Resource): readonly ExtraField[] {
  const [group, kind] = [String(manifest['apiVersion']).split('/').slice(0, -1).join('/'), String(manifest['kind'])];
  const scope = SCOPES[`${group}/${kind}`];
  const declared = lastApplied(live);
  const found: ExtraField[] = [];
  const walk = (isWhole: boolean) => new Walk(isWhole, scope?.except, asNew === undefined, found);
  const beside = (...keys: string[]) => ({ manifest: at(manifest, ...keys), asNew: at(asNew, ...keys), declared: at(declared, ...keys) });
  for (const key of ['labels', 'annotations']) {
    const metadata = live['metadata'] as Resource;
    walk(false).field(key, metadata[key], beside('metadata', key), metadata, [{ field: 'metadata' }]);
  }
  for (const key of Object.keys(live).filter((name) => !['apiVersion', 'kind', 'metadata', 'status'].includes(name))) {
    walk(scope?.parts.includes(key) ?? false).field(key, live[key], beside(key), live, []);
  }
  return found;
}

/** The counterparts of a live value. */
interface Beside {
  readonly manifest: unknown;
  readonly asNew: unknown;
  readonly declared: unknown;
}

/** The names of fields whose members are independent of each other, so that one of them can be extra. */
const IS_COLLECTION = /^(metadata|labels|annotations|data|binaryData)$/;

/** The names of maps that a field manager owns as a whole. */
const IS_ATOMIC = /(^s|S)elector$|Ref$|^(matchLabels|requiredDuringSchedulingIgnoredDuringExecution)$/;

class Walk {
  constructor(
    /** Whether any field is extra that the manifest does not have; otherwise only fields of the last `kubectl apply` are. */
    private readonly isWhole: boolean,
    private readonly except: RegExp | undefined,
    private readonly usesDefaults: boolean,
    private readonly found: ExtraField[],
  ) {}

  /** @param parent the live map that has the field */
  field(name: string, live: unknown, beside: Beside, parent: Resource, at: FieldPath, claimed?: FieldPath): void {
    const path = [...at, { field: name }];
    if (live === undefined || live === null || this.isKept(path)) {
      return;
    }
    if (beside.manifest === undefined || beside.manifest === null) {
      if (!this.isWhole && beside.declared === undefined) {
        return;
      }
      if (beside.asNew !== undefined && contains(live, beside.asNew) && contains(beside.asNew, live)) {
        return;
      }
      if (this.usesDefaults && isDefault(name, live, parent)) {
        return;
      }
    }
    if (Array.isArray(live)) {
      this.list(name, live, beside, path, claimed);
    } else if (isMap(live) && (isMap(beside.manifest) || isMap(beside.asNew) || IS_COLLECTION.test(name))) {
      this.map(live, beside, path, claimed ?? (IS_ATOMIC.test(name) ? path : undefined));
    } else if (beside.manifest === undefined || beside.manifest === null) {
      this.add(path, live, claimed);
    }
  }

  private map(live: Resource, beside: Beside, path: FieldPath, claimed?: FieldPath): void {
    for (const key of Object.keys(live)) {
      const part = { manifest: at(beside.manifest, key), asNew: at(beside.asNew, key), declared: at(beside.declared, key) };
      this.field(key, live[key], part, live, path, claimed);
    }
  }

  private list(name: string, live: readonly unknown[], beside: Beside, path: FieldPath, claimed?: FieldPath): void {
    const lists = [live, listOf(beside.manifest), listOf(beside.asNew), listOf(beside.declared)] as const;
    const [items, inManifest, asNew, declared] = lists.map((list) => (claimed ? undefined : itemsByKey(name, list)));
    if (items && inManifest) {
      for (const [key, { step, item }] of items) {
        const part = { manifest: inManifest.get(key)?.item, asNew: asNew?.get(key)?.item, declared: declared?.get(key)?.item };
        this.item(item, part, [...path, step]);
      }
      return;
    }
    const [, manifestItems, newItems] = lists;
    if (beside.manifest === undefined || beside.manifest === null) {
      this.add(path, live, claimed);
    } else if (manifestItems.length === live.length) {
      // A field manager owns an atomic list as a whole.
      live.forEach((item, index) => {
        if (isMap(item) && isMap(manifestItems[index])) {
          const part = { manifest: manifestItems[index], asNew: newItems[index], declared: undefined };
          this.map(item, part, [...path, { index }], claimed ?? path);
        }
      });
    }
  }

  private item(live: Resource, beside: Beside, path: FieldPath): void {
    const isExtra = beside.manifest === undefined && (this.isWhole || beside.declared !== undefined);
    if (!isExtra) {
      this.map(live, beside, path);
    } else if (!this.isKept(path) && !(beside.asNew !== undefined && sameJson(live, beside.asNew))) {
      this.add(path, live);
    }
  }

  private add(path: FieldPath, live: unknown, claimed?: FieldPath): void {
    this.found.push({ field: fieldText(path), path: claimed ?? path, live });
  }

  private isKept(path: FieldPath): boolean {
    const [list, last] = path.slice(-2);
    if (last && 'keys' in last) {
      return list !== undefined && fieldsV1Key(list) === 'f:env' && KEPT_VARIABLE.test(String(last.keys['name']));
    }
    const name = last && 'field' in last ? last.field : list && 'field' in list ? list.field : '';
    const holder = last && list ? fieldsV1Key(list) : '';
    if ((holder === 'f:labels' || holder === 'f:annotations') && KEPT_NAME.test(name)) {
      return true;
    }
    return this.except?.test(fieldText(path)) ?? false;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
