// The public names of offshoot/service.
export {
  type CommandHandler,
  type CommandHandling,
  commandHandler,
  type Given,
  type Handler,
  type QueryHandler,
  type QueryHandling,
  queryHandler,
  type Recorded,
  recorded,
} from './handler.ts';
export {
  OWN_COLLECTIONS,
  type RunningService,
  runningService,
  type ServiceContext,
} from './running-service.ts';
export { type ServiceDefinition, type ServiceSpec, service } from './service.ts';
export { onTimer, type TimerHandler, type TimerHandling } from './timers.ts';
