import { gatewaySuite } from '../traffic/shared/gateways';

gatewaySuite('envoy-gateway');
