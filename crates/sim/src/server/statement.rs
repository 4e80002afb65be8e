//! The statements that change what a connection is: transactions, settings, channels.

use super::{Server, settings};
use crate::report::Report;
use crate::sql::{self, Known};
use crate::types::Type;
use crate::world::{Answer, Column, Does};

/// What a statement is to the server.
#[derive(Clone, Debug)]
pub(super) enum Plan {
    /// Nothing but blanks.
    Empty,
    /// One that the server understands by itself.
    Known(Known),
    /// One that the scenario answers.
    Answered(Box<Answer>),
}

impl Plan {
    /// Whether it may run in a failed transaction.
    fn leaves_transaction(&self) -> bool {
        matches!(self, Plan::Known(Known::Commit | Known::Rollback | Known::RollbackTo(_)))
    }

    /// The columns that it gives, if it gives rows.
    pub(super) fn columns(&self) -> Option<Vec<Column>> {
        match self {
            Plan::Answered(answer) => match &answer.does {
                Does::Rows { columns, .. } | Does::RowsThenError { columns, .. } => Some(columns.clone()),
                _ => None,
            },
            Plan::Known(Known::Show(name)) => {
                let of = Type::named("text")?;
                Some(vec![Column { name: name.clone(), of, origin: None }])
            }
            _ => None,
        }
    }

    /// What is raised when it is planned.
    pub(super) fn fails_to_plan(&self) -> Option<Report> {
        match self {
            Plan::Answered(answer) if answer.fails_to_plan => match &answer.does {
                Does::Error(report) => Some(report.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn parameters(&self) -> &[Type] {
        match self {
            Plan::Answered(answer) => &answer.parameters,
            _ => &[],
        }
    }
}

impl Server {
    /// What the statement is, or why it cannot be run.
    pub(super) fn plan(&self, sql: &str) -> Result<Plan, Report> {
        if sql::split(sql).is_empty() {
            return Ok(Plan::Empty);
        }
        if let Some(answer) = self.world.answer(sql) {
            return Ok(Plan::Answered(Box::new(answer.clone())));
        }
        if let Some(known) = sql::known(sql) {
            return Ok(Plan::Known(known));
        }
        let report = Report::error("0A000", "this is a simulated server: it does not know this statement");
        Err(report.hint("It answers the statements that its scenario carries, and those of transactions and settings."))
    }

    /// A failed transaction takes nothing but its end.
    pub(super) fn may_run(&self, plan: &Plan) -> Result<(), Report> {
        if self.session.transaction != b'E' || plan.leaves_transaction() || matches!(plan, Plan::Empty) {
            return Ok(());
        }
        Err(failed_transaction())
    }

    /// Runs one of the known statements and gives its tag.
    pub(super) fn run_known(&mut self, known: &Known) -> Result<String, Report> {
        let status = self.session.transaction;
        let tag = match known {
            Known::Begin(tag) => return Ok(self.begin(tag)),
            Known::Commit => return Ok(self.end_transaction(status == b'T', "COMMIT")),
            Known::Rollback => return Ok(self.end_transaction(false, "ROLLBACK")),
            Known::Savepoint(_) | Known::RollbackTo(_) | Known::Release(_) if status == b'I' => {
                return Err(Report::error("25P01", format!("{} can only be used in transaction blocks", name(known))));
            }
            Known::Savepoint(name) => {
                self.session.savepoints.push(name.clone());
                "SAVEPOINT"
            }
            Known::RollbackTo(name) => {
                let at = self.savepoint(name)?;
                self.session.savepoints.truncate(at + 1);
                self.session.transaction = b'T';
                "ROLLBACK"
            }
            Known::Release(name) => {
                let at = self.savepoint(name)?;
                self.session.savepoints.truncate(at);
                "RELEASE"
            }
            Known::Set(name, value) => {
                self.change(name, value)?;
                "SET"
            }
            Known::Show(_) => "SHOW",
            Known::Listen(channel) => {
                if !self.session.listens.contains(channel) {
                    self.session.listens.push(channel.clone());
                }
                "LISTEN"
            }
            Known::Unlisten => {
                self.session.listens.clear();
                "UNLISTEN"
            }
            Known::Notify(channel, payload) => {
                self.session.to_notify.push((channel.clone(), payload.clone()));
                "NOTIFY"
            }
            Known::Deallocate(None) => {
                self.deallocate_all();
                "DEALLOCATE ALL"
            }
            Known::DiscardAll if status != b'I' => {
                return Err(Report::error("25001", "DISCARD ALL cannot run inside a transaction block"));
            }
            Known::DiscardAll => {
                self.discard_all();
                "DISCARD ALL"
            }
            Known::Deallocate(Some(name)) => match self.session.statements.remove(name) {
                Some(_) => "DEALLOCATE",
                None => {
                    return Err(Report::error("26000", format!("prepared statement \"{name}\" does not exist")));
                }
            },
        };
        Ok(tag.to_owned())
    }

    /// The unnamed statement is not among those that SQL knows of.
    fn deallocate_all(&mut self) {
        self.session.statements.retain(|name, _| name.is_empty());
    }

    /// Back to what the session was when it began, but for the unnamed statement.
    fn discard_all(&mut self) {
        self.session.portals.clear();
        for (name, value) in self.session.settings_at_start.clone() {
            self.set(&name, &value);
        }
        self.deallocate_all();
        self.session.listens.clear();
    }

    fn begin(&mut self, tag: &str) -> String {
        if self.session.transaction == b'I' {
            self.session.transaction = b'T';
            self.session.settings_before = Some(self.session.settings.clone());
        } else {
            self.warn("25001", "there is already a transaction in progress");
        }
        tag.to_owned()
    }

    fn end_transaction(&mut self, commits: bool, tag: &str) -> String {
        if self.session.transaction == b'I' {
            self.warn("25P01", "there is no transaction in progress");
            return tag.to_owned();
        }
        let before = self.session.settings_before.take();
        if !commits {
            self.session.to_notify.clear();
            for (name, value) in before.unwrap_or_default() {
                self.set(&name, &value);
            }
        }
        self.session.transaction = b'I';
        self.session.savepoints.clear();
        (if commits { "COMMIT" } else { "ROLLBACK" }).to_owned()
    }

    fn warn(&mut self, code: &str, message: &str) {
        self.say_report(&Report::new("WARNING", code, message));
        self.flush();
    }

    fn savepoint(&self, name: &str) -> Result<usize, Report> {
        let at = self.session.savepoints.iter().rposition(|known| known == name);
        at.ok_or_else(|| Report::error("3B001", format!("savepoint \"{name}\" does not exist")))
    }

    fn change(&mut self, name: &str, value: &str) -> Result<(), Report> {
        if settings::is_known(name) || self.session.settings.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            return self.take_setting(name, value);
        }
        Err(Report::error("42704", format!("unrecognized configuration parameter \"{name}\"")))
    }

    /// Changes a setting, if its value is one; a name that is too long is cut, and that is told.
    pub(super) fn take_setting(&mut self, name: &str, value: &str) -> Result<(), Report> {
        let kept = settings::taken(self.world.edition, name, value)?;
        if name.eq_ignore_ascii_case("application_name") && kept.len() < value.len() {
            let text = format!("identifier \"{value}\" will be truncated to \"{kept}\"");
            self.say_report(&Report::new("NOTICE", "42622", text));
        }
        self.set(name, &kept);
        Ok(())
    }

    pub(super) fn setting(&self, name: &str) -> Result<String, Report> {
        let found = self.session.settings.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let unknown = || Report::error("42704", format!("unrecognized configuration parameter \"{name}\""));
        found.map(|(_, value)| value.clone()).ok_or_else(unknown)
    }
}

pub(super) fn failed_transaction() -> Report {
    Report::error("25P02", "current transaction is aborted, commands ignored until end of transaction block")
}

fn name(known: &Known) -> &'static str {
    match known {
        Known::Savepoint(_) => "SAVEPOINT",
        Known::RollbackTo(_) => "ROLLBACK TO SAVEPOINT",
        _ => "RELEASE SAVEPOINT",
    }
}
