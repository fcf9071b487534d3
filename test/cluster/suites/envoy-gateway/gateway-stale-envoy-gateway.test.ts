import { staleProxy } from '../traffic/shared/gateway-rollouts';

staleProxy('envoy-gateway');
