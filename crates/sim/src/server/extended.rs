//! The extended protocol: Parse, Bind, Describe, Execute, Close, Flush, Sync.

use pgscope_proto::encode::Value;
use pgscope_proto::messages::extended_query;

use super::Server;
use super::body::{Body, format_of, protocol};
use super::execute::{Flow, Target};
use super::settings::kept;
use super::statement::{Plan, failed_transaction};
use crate::report::Report;
use crate::sql::{self, Known};
use crate::types::Type;

/// A prepared statement.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    plan: Plan,
    parameters: Vec<Type>,
}

/// A statement with its parameters, and how far it was run.
#[derive(Clone, Debug, Default)]
pub(super) struct Portal {
    plan: Option<Plan>,
    pub(super) parameters: Vec<Option<String>>,
    /// Formats of the result's columns.
    pub(super) formats: Vec<usize>,
    /// How many rows were sent.
    pub(super) at: usize,
    /// Whether it has nothing more to give.
    pub(super) done: bool,
    /// Whether it was run.
    ran: bool,
}

impl Server {
    pub(super) fn extended(&mut self, tag: u8, message: &[u8]) {
        let body = Body::of(message);
        let done = match tag {
            b'P' => self.parse(body),
            b'B' => self.bind(body),
            b'D' => self.describe(body),
            b'E' => self.execute(body),
            b'C' => self.close_one(body),
            _ => body.end().map(|()| self.flush()),
        };
        if let Err(report) = done {
            self.fail(report);
        }
    }

    pub(super) fn sync(&mut self, message: &[u8]) {
        match Body::of(message).end() {
            Ok(()) => self.ready(),
            Err(report) => self.fail(report),
        }
    }

    fn parse(&mut self, mut body: Body<'_>) -> Result<(), Report> {
        let name = body.text()?;
        let sql = body.text()?;
        let given: Vec<u32> = (0..body.u16()?).map(|_| body.u32()).collect::<Result<_, _>>()?;
        body.end()?;
        if name.is_empty() {
            self.session.statements.remove("");
        }
        if sql::split(&sql).len() > 1 {
            return Err(Report::error("42601", "cannot insert multiple commands into a prepared statement"));
        }
        let plan = self.plan(&sql)?;
        if let Plan::Answered(answer) = &plan
            && answer.fails_to_parse
            && let crate::world::Does::Error(report) = &answer.does
        {
            return Err(report.clone());
        }
        self.may_run(&plan)?;
        // Which column it gives is looked up now.
        if let Plan::Known(Known::Show(name)) = &plan {
            self.setting(name)?;
        }
        // Names that differ only behind what is kept are the same.
        if self.session.statements.contains_key(kept(&name)) {
            return Err(Report::error("42P05", format!("prepared statement \"{name}\" already exists")));
        }
        let parameters = parameter_types(plan.parameters(), &given);
        self.session.statements.insert(kept(&name).to_owned(), Statement { plan, parameters });
        self.say(&extended_query::PARSE_COMPLETE, &[]);
        Ok(())
    }

    fn statement(&self, name: &str) -> Result<Statement, Report> {
        let missing = || match name {
            "" => Report::error("26000", "unnamed prepared statement does not exist"),
            _ => Report::error("26000", format!("prepared statement \"{name}\" does not exist")),
        };
        self.session.statements.get(kept(name)).cloned().ok_or_else(missing)
    }

    fn bind(&mut self, mut body: Body<'_>) -> Result<(), Report> {
        let portal_name = body.text()?;
        let name = body.text()?;
        let statement = self.statement(&name)?;
        let formats = body.formats()?;
        let count = body.u16()?;
        if formats.len() > 1 && formats.len() != count {
            return Err(protocol(format!(
                "bind message has {} parameter formats but {count} parameters",
                formats.len()
            )));
        }
        if count != statement.parameters.len() {
            let needed = statement.parameters.len();
            return Err(protocol(format!(
                "bind message supplies {count} parameters, but prepared statement \"{name}\" requires {needed}"
            )));
        }
        self.may_run(&statement.plan)?;
        if !portal_name.is_empty() && self.session.portals.contains_key(kept(&portal_name)) {
            return Err(Report::error("42P03", format!("cursor \"{portal_name}\" already exists")));
        }
        let mut parameters = Vec::new();
        for (number, of) in statement.parameters.iter().enumerate() {
            parameters.push(parameter(body.value()?, *of, format_of(&formats, number), number + 1, &portal_name)?);
        }
        let formats = body.formats()?;
        body.end()?;
        if let Some(report) = statement.plan.fails_to_plan() {
            return Err(report);
        }
        let columns = statement.plan.columns().map_or(0, |columns| columns.len());
        if formats.len() > 1 && formats.len() != columns {
            return Err(protocol(format!(
                "bind message has {} result formats but query has {columns} columns",
                formats.len()
            )));
        }
        let portal = Portal { plan: Some(statement.plan), parameters, formats, ..Portal::default() };
        self.session.portals.insert(kept(&portal_name).to_owned(), portal);
        self.say(&extended_query::BIND_COMPLETE, &[]);
        Ok(())
    }

    fn describe(&mut self, mut body: Body<'_>) -> Result<(), Report> {
        let kind = body.byte()?;
        let name = body.text()?;
        body.end()?;
        let (columns, formats) = match kind {
            b'S' => {
                let statement = self.statement(&name)?;
                let columns = statement.plan.columns();
                self.may_describe(columns.is_some())?;
                let types = statement.parameters.iter().map(|of| Value::Int(i64::from(of.oid))).collect();
                self.say(&extended_query::PARAMETER_DESCRIPTION, &[Value::List(types)]);
                (columns, Vec::new())
            }
            b'P' => {
                let portal = self.portal(&name)?;
                let columns = portal.plan.as_ref().and_then(Plan::columns);
                self.may_describe(columns.is_some())?;
                (columns, portal.formats)
            }
            other => return Err(protocol(format!("invalid DESCRIBE message subtype {other}"))),
        };
        match columns {
            Some(columns) => self.describe_rows(&columns, &formats),
            None => {
                self.say(&extended_query::NO_DATA, &[]);
                Ok(())
            }
        }
    }

    /// A failed transaction does not look into the catalog for columns.
    fn may_describe(&self, has_columns: bool) -> Result<(), Report> {
        if has_columns && self.session.transaction == b'E' { Err(failed_transaction()) } else { Ok(()) }
    }

    fn portal(&self, name: &str) -> Result<Portal, Report> {
        let missing = || Report::error("34000", format!("portal \"{name}\" does not exist"));
        self.session.portals.get(kept(name)).cloned().ok_or_else(missing)
    }

    fn execute(&mut self, mut body: Body<'_>) -> Result<(), Report> {
        let name = body.text()?;
        let most = body.u32()?;
        body.end()?;
        let portal = self.portal(&name)?;
        let Some(plan) = portal.plan else { return Ok(()) };
        self.may_run(&plan)?;
        let gives_rows = plan.columns().is_some();
        if portal.ran && !gives_rows {
            return Err(Report::error("55000", format!("portal \"{name}\" cannot be run")));
        }
        if portal.done {
            self.say_complete("SELECT 0");
            return Ok(());
        }
        if let Some(portal) = self.session.portals.get_mut(kept(&name)) {
            portal.ran = true;
        }
        match self.run_plan(&plan, Target::Portal(name, most))? {
            Flow::Done | Flow::Waits => Ok(()),
        }
    }

    fn close_one(&mut self, mut body: Body<'_>) -> Result<(), Report> {
        let kind = body.byte()?;
        let name = body.text()?;
        body.end()?;
        match kind {
            b'S' => drop(self.session.statements.remove(kept(&name))),
            b'P' => drop(self.session.portals.remove(kept(&name))),
            other => return Err(protocol(format!("invalid CLOSE message subtype {other}"))),
        }
        self.say(&extended_query::CLOSE_COMPLETE, &[]);
        Ok(())
    }
}

/// What the client says of a parameter's type counts, where it says something.
fn parameter_types(inferred: &[Type], given: &[u32]) -> Vec<Type> {
    let unknown = Type::with_oid(25).into_iter();
    let count = inferred.len().max(given.len());
    let text: Vec<Type> = unknown.collect();
    (0..count)
        .filter_map(|number| {
            let said = given.get(number).copied().filter(|oid| !matches!(oid, 0 | 705)).and_then(Type::with_oid);
            said.or_else(|| inferred.get(number).copied()).or_else(|| text.first().copied())
        })
        .collect()
}

fn parameter(
    value: Option<&[u8]>,
    of: Type,
    format: usize,
    number: usize,
    portal: &str,
) -> Result<Option<String>, Report> {
    let Some(bytes) = value else { return Ok(None) };
    let place = if portal.is_empty() { "unnamed portal".to_owned() } else { format!("portal \"{portal}\"") };
    match format {
        0 => {
            let text = crate::types::utf8(bytes)?;
            let read = of.of_text(&text);
            read.map_err(|report| report.context(format!("{place} parameter ${number} = '...'"))).map(Some)
        }
        1 => {
            let text = format!("incorrect binary data format in bind parameter {number}");
            of.of_binary(bytes, || Report::error("22P03", text)).map(Some)
        }
        other => Err(Report::error("22023", format!("unsupported format code: {other}"))),
    }
}
