// The library libpqxx.
#include <cstdlib>
#include <iostream>
#include <map>
#include <pqxx/pqxx>
#include <string>
#include <tuple>
#include <vector>

static void expect(std::size_t found, std::size_t wanted)
{
    if (found != wanted)
        throw std::runtime_error(std::to_string(found) + " instead of " + std::to_string(wanted));
}

int main(int, char **argv)
{
    using Task = void (*)(pqxx::connection &);
    const std::map<std::string, Task> tasks = {
        {"connect", [](pqxx::connection &) {}},
        {"scram", [](pqxx::connection &c) { pqxx::work w(c); expect(w.exec("SELECT 1").size(), 1); }},
        {"simple", [](pqxx::connection &c) {
            pqxx::work w(c);
            expect(w.exec("SELECT id, name FROM items WHERE id <= 2").size(), 2);
        }},
        {"parameters", [](pqxx::connection &c) {
            pqxx::work w(c);
            expect(w.exec_params("SELECT id, name, price FROM items WHERE id = $1 OR name = $2", 2, "item 5").size(), 2);
        }},
        {"reuse", [](pqxx::connection &c) {
            c.prepare("item", "SELECT id, name, price, added FROM items WHERE id = $1");
            pqxx::work w(c);
            for (int id = 1; id <= 4; id++)
                expect(w.exec_prepared("item", id).size(), 1);
        }},
        {"batch", [](pqxx::connection &c) {
            pqxx::work w(c);
            pqxx::pipeline p(w);
            for (int id = 1; id <= 5; id++)
                p.insert("SELECT name FROM items WHERE id = " + std::to_string(id));
            for (int id = 1; id <= 5; id++)
                expect(p.retrieve().second.size(), 1);
        }},
        {"error", [](pqxx::connection &c) {
            try {
                pqxx::work w(c);
                w.exec("INSERT INTO notes VALUES (1, 'lost')");
                w.exec("SELECT 1 / 0");
            } catch (const pqxx::sql_error &error) {
                expect(error.sqlstate() == "22012", 1);
            }
            pqxx::work w(c);
            expect(w.exec("SELECT * FROM notes").size(), 0);
        }},
        {"copy", [](pqxx::connection &c) {
            pqxx::work w(c);
            pqxx::stream_to to(w, "notes");
            to << std::make_tuple(1, "one") << std::make_tuple(2, "two");
            to.complete();
            pqxx::stream_from from(w, "notes");
            std::tuple<int, std::string> row;
            std::size_t count = 0;
            while (from >> row)
                count++;
            expect(count, 2);
        }},
        {"cursor", [](pqxx::connection &c) {
            pqxx::work w(c);
            pqxx::icursorstream portions(w, "SELECT id, name, price FROM items ORDER BY id", "portions", 6);
            pqxx::result portion;
            std::size_t count = 0;
            while (portions >> portion)
                count += portion.size();
            expect(count, 20);
        }},
        {"types", [](pqxx::connection &c) { pqxx::work w(c); expect(w.exec("SELECT * FROM kinds").size(), 2); }},
    };
    const std::string task = argv[1];
    if (task == "version") {
        std::cout << "libpqxx " PQXX_VERSION "\n";
        return 0;
    }
    const auto found = tasks.find(task);
    if (found == tasks.end())
        return 77;
    pqxx::connection c{""};
    found->second(c);
    return 0;
}
