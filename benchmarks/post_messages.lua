-- Load for server_cpu.py: texts by service SID to a thousand recipients, every answer looked at.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  sent, created, service = 0, 0, os.getenv("BENCH_SERVICE")
  areas = {"415", "212", "312", "206", "617"}
  path = os.getenv("BENCH_PATH")
  headers = {}
  for authorization in string.gmatch(os.getenv("BENCH_AUTHORIZATIONS"), "[^,]+") do
    table.insert(headers, {
      ["Authorization"] = authorization,
      ["Content-Type"] = "application/x-www-form-urlencoded",
    })
  end
end

function request()
  sent = sent + 1
  local to = string.format("%%2B1%s5550%d", areas[sent % 5 + 1], 100 + math.floor(sent / 5) % 200)
  local body = "To=" .. to .. "&MessagingServiceSid=" .. service .. "&Body=Your+order+" .. sent .. "+is+ready."
  return wrk.format("POST", path, headers[sent % #headers + 1], body)
end

function response(status)
  if status == 201 then created = created + 1 end
end

function done(summary)
  local all, good = 0, 0
  for _, thread in ipairs(threads) do
    all, good = all + thread:get("sent"), good + thread:get("created")
  end
  io.write(string.format('\n{"sent": %d, "created": %d, "answered": %d, "seconds": %f}\n',
    all, good, summary.requests, summary.duration / 1e6))
end
