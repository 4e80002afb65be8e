# Asks through libpq what the clients of exchanges ask, and prints what libpq said to the answers.
import json, select, sys, time
from concurrent.futures import ThreadPoolExecutor
from psycopg import pq

QUIET = 0.7
raw = lambda text: text.encode("latin-1")

def wait(conn, writes=False, seconds=QUIET):
    reads, can, _ = select.select([conn.socket], [conn.socket] if writes else [], [], seconds)
    return bool(reads or can)

def connect(options, said):
    conn = pq.PGconn.connect_start(options.encode())
    while True:
        status = conn.connect_poll()
        if status == pq.PollingStatus.OK:
            return conn
        if status == pq.PollingStatus.FAILED:
            text = conn.error_message.decode("utf-8", "replace")
            said += [part.split("failed: ", 1)[-1].strip() for part in text.strip().split("connection to server")if part.strip()]
            return None
        if not wait(conn, writes=status == pq.PollingStatus.WRITING):
            said.append("(waits for ever)")
            return None

def results(conn, said, found, syncs):
    "Gathers results until the request is done; false if it never is."
    empty = 0
    while True:
        while conn.is_busy():
            if not wait(conn):
                said.append("(waits for ever)")
                return False
            try:
                conn.consume_input()
            except Exception:
                said.append(conn.error_message.decode("utf-8", "replace").strip())
                return False
        result = conn.get_result()
        if result is None:
            empty += 1
            if not syncs or empty > 50 or conn.status == pq.ConnStatus.BAD:
                return conn.status != pq.ConnStatus.BAD
            continue
        empty = 0
        status = pq.ExecStatus(result.status).name
        values = [[result.get_value(row, column) for column in range(result.nfields)] for row in range(min(result.ntuples, 5))]
        tuples = result.command_tuples
        found.append(f"{status} {(result.command_status or b'').decode()} {values or ''}".strip())
        if result.error_message:
            said.append(result.error_message.decode("utf-8", "replace").strip())
        if status == "PIPELINE_SYNC":
            syncs -= 1
            if not syncs:
                return True
        if status == "COPY_OUT":
            while True:
                try:
                    count, data = conn.get_copy_data(1)
                except Exception:
                    said.append(conn.error_message.decode("utf-8", "replace").strip())
                    break
                if count == 0:
                    if not wait(conn):
                        said.append("(waits for ever)")
                        return False
                    conn.consume_input()
                    continue
                if count < 0:
                    break
                found.append(repr(bytes(data)))
        if status in ("COPY_IN", "COPY_BOTH"):
            return True
        if conn.status == pq.ConnStatus.BAD:
            return False

def batches(steps):
    "Steps as libpq's functions send them."
    tags = "".join(step["tag"] for step in steps)
    at = 0
    while at < len(tags):
        for group in ("PBDE", "BDE", "Q", "P", "D", "C", "S", "H", "d", "c", "f", "X"):
            if tags.startswith(group, at):
                yield group, steps[at:at + len(group)]
                at += len(group)
                break
        else:
            raise ValueError("libpq does not send " + tags)

def ask(conn, group, steps):
    text = lambda step, at: steps[step]["texts"][at].encode()
    def bound(step):
        values = [None if value is None else raw(value) for value in steps[step]["values"]]
        return values
    if group == "Q": conn.send_query(text(0, 0))
    elif group == "PBDE": conn.send_query_params(text(0, 1), bound(1))
    elif group == "BDE": conn.send_query_prepared(text(0, 1), bound(0))
    elif group == "P": conn.send_prepare(text(0, 0), text(0, 1))
    elif group == "D": (conn.send_describe_prepared if steps[0]["kind"] == "S" else conn.send_describe_portal)(text(0, 0))
    elif group == "C": (conn.send_close_prepared if steps[0]["kind"] == "S" else conn.send_close_portal)(text(0, 0))
    elif group == "S": conn.pipeline_sync()
    elif group == "H": conn.send_flush_request()
    elif group == "d": conn.put_copy_data(raw(steps[0]["texts"][0]))
    elif group == "c": conn.put_copy_end()
    elif group == "f": conn.put_copy_end(text(0, 0))

def turn(conn, steps, said, found):
    groups = list(batches(steps))
    names = [name for name, _ in groups]
    if names == ["X"]:
        return False
    # One request and its Sync is what libpq sends outside a pipeline.
    simple = len(groups) == 2 and names[1] == "S" and names[0] in ("PBDE", "BDE", "P", "D", "C")
    piped = not simple and any(name in ("S", "PBDE", "BDE", "P", "D", "C", "H") for name in names)
    if piped:
        conn.enter_pipeline_mode()
    for name, parts in groups[:1] if simple else groups:
        ask(conn, name, parts)
    while conn.flush():
        wait(conn, writes=True)
    went_on = results(conn, said, found, names.count("S") if piped else 0)
    if piped and went_on:
        try:
            conn.exit_pipeline_mode()
        except Exception:
            said.append(conn.error_message.decode("utf-8", "replace").strip())
            return False
    return went_on

def idle(conn, said):
    "What comes while nothing is asked is read, too."
    while wait(conn, seconds=0.05):
        try:
            conn.consume_input()
            conn.is_busy()
            conn.notifies()
        except Exception:
            said.append(conn.error_message.decode("utf-8", "replace").strip())
            return
    conn.is_busy()
    conn.notifies()

def case(asked):
    said, found = [], []
    conn = connect(f"host=127.0.0.1 port={asked['port']} {asked['options']}", said)
    if conn:
        conn.notice_handler = lambda result: said.append(result.error_message.decode("utf-8", "replace").strip())
        went_on = True
        for steps in asked["turns"]:
            try:
                went_on = turn(conn, steps, said, found)
            except ValueError as error:
                found.append("not asked: " + str(error))
                went_on = False
            except Exception as error:
                said.append((conn.error_message or str(error).encode()).decode("utf-8", "replace").strip())
                went_on = False
            if not went_on:
                break
        if went_on and conn.status == pq.ConnStatus.OK:
            idle(conn, said)
        conn.finish()
    return {"said": [text for text in said if text], "results": found}

with ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(case, json.load(sys.stdin)))))
