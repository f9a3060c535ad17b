-- The requests that wrk sends, and the one line of JSON that wrk.py reads.
--
--   wrk -s requests.lua URL -- follow FILE   follow the codes in FILE, one after another
--   wrk -s requests.lua URL -- create WORD   shorten new URLs; WORD distinguishes the runs
--
-- There is no `response` function on purpose: with one, wrk builds a Lua table for every
-- answer and measures itself.

local prepared = {}
local turn = 0

local function follow_next()
  turn = turn % #prepared + 1
  return prepared[turn]
end

local function prepare(file)
  for code in io.lines(file) do
    prepared[#prepared + 1] = wrk.format("GET", "/" .. code)
  end
end

local function creator(word)
  local headers = { ["Content-Type"] = "application/json", ["Host"] = wrk.headers["Host"] }
  local body = '{"url": "https://www.example.com/created/' .. word .. '/%d"}'
  return function()
    turn = turn + 1
    return wrk.format("POST", "/api/shorten", headers, body:format(turn))
  end
end

function init(arguments)
  if arguments[1] == "follow" then
    prepare(arguments[2])
    request = follow_next
  else
    request = creator(arguments[2])
  end
end

-- wrk asks before `init` whether there is such a function, and then calls it by name.
function request() end

function done(summary, latency)
  local errors = summary.errors
  local form = '{"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, '
    .. '"broken": %d, "refused": %d}\n'
  io.write(form:format(
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout,
    errors.status
  ))
end
