import { gatewaySuite, serviceParentSuite } from './shared/gateways';

gatewaySuite('istio');
serviceParentSuite();
