-- For wrk: asks for the classes of random nodes, and prints how many answers had which status.
--     wrk -t1 -c8 -d10s --latency -s load.lua http://127.0.0.1:8080 -- NODES [IDS_A_REQUEST]
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  nodes = tonumber(args[1])
  count = tonumber(args[2] or 10)
  answered, busy, other = 0, 0, 0
end

function request()
  local ids = {}
  for i = 1, count do
    ids[i] = math.random(0, nodes - 1)
  end
  return wrk.format("POST", "/predict", nil, '{"ids":[' .. table.concat(ids, ",") .. "]}")
end

function response(status)
  if status == 200 then
    answered = answered + 1
  elseif status == 503 then
    busy = busy + 1
  else
    other = other + 1
  end
end

function done(summary)
  local totals = { answered = 0, busy = 0, other = 0 }
  for _, thread in ipairs(threads) do
    for name, total in pairs(totals) do
      totals[name] = total + thread:get(name)
    end
  end
  print(string.format("status 200: %d (%.0f a second), 503: %d, others: %d", totals.answered,
    totals.answered * 1e6 / summary.duration, totals.busy, totals.other))
end
