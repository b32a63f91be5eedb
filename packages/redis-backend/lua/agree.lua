-- agree: over how many partitions runs are spread here; whoever comes first says it. Runs when the server is full as well.
--
-- ARGV  over how many this process would spread them
-- reply over how many they are

local partitions, mine = P .. 'partitions', take()
redis.call('SET', partitions, mine, 'NX')
return redis.call('GET', partitions)
