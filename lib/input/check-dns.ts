import { isIP } from 'node:net';
import { DnsPolicy, type PodDnsProps } from '../kplus';
import * as names from '../core/names';
import type { Input } from './input';

const DNS: Readonly<Record<keyof PodDnsProps, true>> = {
  hostname: true,
  hostnameAsFQDN: true,
  nameservers: true,
  options: true,
  policy: true,
  searches: true,
  subdomain: true,
};

/** Checks how the pods resolve names. */
export function checkDns(input: Input, property: string, dns: unknown): void {
  if (dns === undefined || !input.known(property, dns, DNS)) {
    return;
  }
  const { hostname, hostnameAsFQDN, nameservers, policy, subdomain } = dns as Record<string, unknown>;
  input.oneOf(`${property}.policy`, policy, Object.values(DnsPolicy));
  for (const [name, value] of Object.entries({ hostname, subdomain })) {
    if (value !== undefined) {
      input.text(`${property}.${name}`, value, names.NAMESPACE);
    }
  }
  if (hostnameAsFQDN !== undefined && typeof hostnameAsFQDN !== 'boolean') {
    input.reject(`${property}.hostnameAsFQDN`, hostnameAsFQDN, 'be true or false');
  }
  const servers = input.entries<unknown>(`${property}.nameservers`, nameservers);
  if (servers.length > 3 || (servers.length === 0 && policy === DnsPolicy.NONE)) {
    const must = servers.length > 3 ? 'have at most 3 addresses' : 'have at least one address with the policy None';
    input.reject(`${property}.nameservers`, nameservers, must);
  }
  servers.forEach((server, index) => {
    if (typeof server !== 'string' || isIP(server) === 0) {
      input.reject(`${property}.nameservers[${index}]`, server, 'be an IP address');
    }
  });
  for (const [index, domain] of input.entries<unknown>(`${property}.searches`, (dns as PodDnsProps).searches).entries()) {
    if (typeof domain !== 'string') {
      input.reject(`${property}.searches[${index}]`, domain, 'be a string', '"svc.cluster.local"');
    }
  }
  for (const [index, option] of input.entries<unknown>(`${property}.options`, (dns as PodDnsProps).options).entries()) {
    if (input.known(`${property}.options[${index}]`, option, { name: true, value: true })) {
      for (const [field, text] of Object.entries(option as object)) {
        if (text !== undefined && typeof text !== 'string') {
          input.reject(`${property}.options[${index}].${field}`, text, 'be a string');
        }
      }
    }
  }
}
