"""How popularity fades: from time to time all scores of the hot set are halved.

Links that were popular yesterday make room for those of today. A script halves a few
hundred scores and stores in Redis how far it is: Redis serves other clients in between,
and another process can finish what one has begun. The time at which a fading began is
stored as well. So processes that call at the same time halve no score twice; nor do
older releases, which fade with each batch of clicks.

    hot_urls:faded    exists for as long as no other fading may begin
    hot_urls:fading   where to go on; exists while a fading is under way
"""

from typing import Final

from waypost.adapters.redis.client import RedisNode

_CODES_AT_ONCE: Final = 200
# Fewer clicks than this are not worth a place.
_COLD: Final = 0.5

# KEYS: the hot set, how far its fading is, the mark that it has begun. ARGV: seconds
# between fadings, codes to look at, the score below which a code is dropped. Returns
# whether the fading is not over.
_FADE: Final = """
local from = redis.call('GET', KEYS[2])
if not from then
  if not redis.call('SET', KEYS[3], '1', 'NX', 'EX', ARGV[1]) then return 0 end
  from = '0'
end
local part = redis.call('ZSCAN', KEYS[1], from, 'COUNT', ARGV[2])
for i = 1, #part[2], 2 do
  local code, score = part[2][i], part[2][i + 1] / 2
  if score < tonumber(ARGV[3]) then
    redis.call('ZREM', KEYS[1], code)
  else
    redis.call('ZADD', KEYS[1], score, code)
  end
end
if part[1] == '0' then
  redis.call('DEL', KEYS[2])
  return 0
end
redis.call('SET', KEYS[2], part[1], 'EX', ARGV[1])
return 1
"""


async def fade(node: RedisNode, *, hot_key: str, every_seconds: int) -> None:
    """Halve the scores of *hot_key*, unless that began within *every_seconds*.

    Raises:
        BackendUnavailable: Some scores may be as high as before.
    """
    is_under_way = True
    while is_under_way:
        is_under_way = bool(
            await node.call(
                lambda redis: redis.eval(
                    _FADE,
                    3,
                    hot_key,
                    f"{hot_key}:fading",
                    f"{hot_key}:faded",
                    every_seconds,
                    _CODES_AT_ONCE,
                    _COLD,
                )
            )
        )
