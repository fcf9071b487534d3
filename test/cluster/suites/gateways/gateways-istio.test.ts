import { gatewaySuite } from '../traffic/shared/gateways';

gatewaySuite('istio');
