import { gatewayRollouts } from '../traffic/shared/gateway-rollouts';

gatewayRollouts('envoy-gateway', ['http', 'grpc', 'tcp']);
