// The public names of @offshoot/redis.
export { type RedisLimitsOptions, redisLimits } from './redis-limits.ts';
