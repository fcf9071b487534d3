import { gatewaySuite } from './shared/gateways';

gatewaySuite('istio');
