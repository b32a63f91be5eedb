-- agree: over how many partitions runs are spread here; whoever comes first says it. Runs when the server is full as well.
--
-- ARGV  over how many this process would spread them
-- reply over how many they are

local key, mine = P .. 'partitions', take()
redis.call('SET', key, mine, 'NX')
return redis.call('GET', key)
