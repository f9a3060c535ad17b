-- requests.lua with visitors who pause: each waits a random time between an answer and
-- the next request, so that the connections together keep to a rate below the highest.
--
--   wrk -s visitors.lua URL -- follow FILE PAUSE   PAUSE is the mean in milliseconds
--
-- A file of its own, because wrk would ask for a pause of 0 before every request too.

local folder = debug.getinfo(1, "S").source:match("^@(.*/)")
dofile(folder .. "requests.lua")

local prepare_requests = init
local mean

function init(arguments)
  mean = tonumber(arguments[3])
  math.randomseed(20)
  prepare_requests(arguments)
end

function delay()
  return math.floor(-math.log(1 - math.random()) * mean + 0.5)
end
