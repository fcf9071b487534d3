import { amountOf, oneIn } from '../../../support/sampling';
import { gatewayRollouts } from '../traffic/shared/gateway-rollouts';

gatewayRollouts('istio', oneIn(amountOf('cluster: one protocol behind a gateway in'), ['http', 'grpc', 'tcp'] as const, 0));
