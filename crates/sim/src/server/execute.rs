//! Runs statements: rows, tags, errors, and what takes time.

use std::collections::VecDeque;

use pgscope_proto::encode::Value;
use pgscope_proto::messages::{copy, extended_query, simple_query};

use super::body::Body;
use super::copy_in::CopyIn;
use super::extended::Portal;
use super::settings::kept;
use super::statement::Plan;
use super::{Server, State};
use crate::binary_copy;
use crate::report::Report;
use crate::sql::{self, Known};
use crate::types::Type;
use crate::world::{Answer, Column, CopyForm, Does};

/// Statements on their way.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    /// Statements of a simple query that are not run yet.
    queue: VecDeque<String>,
    /// What is being run, if it takes time.
    current: Option<(Answer, Target)>,
    /// Whether its columns are described already.
    described: bool,
    /// When it wakes.
    pub(super) wakes_us: Option<u64>,
}

/// For whom rows are written.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A simple query: descriptions too, all rows, text.
    Simple,
    /// A portal, and how many rows at most.
    Portal(String, u32),
}

/// Whether a statement is done.
pub(super) enum Flow {
    /// It is.
    Done,
    /// It waits: for time, or for COPY data.
    Waits,
}

impl Server {
    pub(super) fn simple_query(&mut self, message: &[u8]) {
        let mut body = Body::of(message);
        let sql = body.text().and_then(|sql| body.end().map(|()| sql));
        let sql = match sql {
            Ok(sql) => sql,
            Err(report) => return self.fail(report),
        };
        self.session.statements.remove("");
        self.session.portals.remove("");
        let queue: VecDeque<String> = sql::split(&sql).into_iter().map(str::to_owned).collect();
        if queue.is_empty() {
            self.say(&simple_query::EMPTY_QUERY_RESPONSE, &[]);
            return self.ready();
        }
        if let Some(report) = queue.iter().find_map(|sql| self.syntax_error(sql)) {
            return self.fail(report);
        }
        self.run = Some(Run { queue, ..Run::default() });
        self.proceed();
    }

    /// A query is parsed as a whole before any of it is run.
    fn syntax_error(&self, sql: &str) -> Option<Report> {
        match &self.world.answer(sql)?.does {
            Does::Error(report) if report.code == "42601" => Some(report.clone()),
            _ => None,
        }
    }

    /// Runs what is left of a simple query.
    pub(super) fn proceed(&mut self) {
        while let Some(sql) = self.run.as_mut().and_then(|run| run.queue.pop_front()) {
            let flow = self.plan(&sql).and_then(|plan| self.run_plan(&plan, Target::Simple));
            match flow {
                Ok(Flow::Done) => {}
                Ok(Flow::Waits) => return,
                Err(report) => return self.fail(report),
            }
        }
        self.run = None;
        self.ready();
    }

    pub(super) fn run_plan(&mut self, plan: &Plan, target: Target) -> Result<Flow, Report> {
        self.may_run(plan)?;
        match plan {
            Plan::Empty => self.say(&simple_query::EMPTY_QUERY_RESPONSE, &[]),
            Plan::Known(known) => self.run_one_known(known, plan, &target)?,
            Plan::Answered(answer) => return self.run_answer((**answer).clone(), target),
        }
        Ok(Flow::Done)
    }

    fn run_one_known(&mut self, known: &Known, plan: &Plan, target: &Target) -> Result<(), Report> {
        if let (Known::Show(name), Some(columns)) = (known, plan.columns()) {
            let rows = vec![vec![Some(self.setting(name)?)]];
            return self.say_rows(&columns, &rows, Some("SHOW"), target);
        }
        let tag = self.run_known(known)?;
        self.say_complete(&tag);
        Ok(())
    }

    fn run_answer(&mut self, answer: Answer, target: Target) -> Result<Flow, Report> {
        for notice in &answer.notices {
            self.say_report(notice);
            self.flush();
        }
        if answer.takes_us > 0 {
            // The columns are known before the work begins: their description waits in the buffer.
            if let (Does::Rows { columns, .. } | Does::RowsThenError { columns, .. }, Target::Simple) =
                (&answer.does, &target)
            {
                self.describe_rows(columns, &[])?;
            }
            let wakes_us = self.now_us + answer.takes_us;
            self.wake_at(Some(wakes_us));
            let run = self.run.get_or_insert_default();
            run.wakes_us = Some(wakes_us);
            run.described = matches!(target, Target::Simple);
            run.current = Some((answer, target));
            return Ok(Flow::Waits);
        }
        self.give(&answer, target)
    }

    /// Whether the columns were described when the work began.
    fn is_described(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.described)
    }

    /// What took time is done.
    pub(super) fn finish_slept(&mut self) {
        let Some((answer, target)) = self.run.as_mut().and_then(|run| run.current.take()) else { return };
        let given = self.give(&answer, target.clone());
        if let Some(run) = &mut self.run {
            run.described = false;
        }
        match given {
            Ok(Flow::Waits) => {}
            Ok(Flow::Done) if matches!(target, Target::Simple) => self.proceed(),
            Ok(Flow::Done) => self.run = None,
            Err(report) => self.fail(report),
        }
    }

    /// A CancelRequest: only what takes time can be cancelled, or a COPY.
    pub(super) fn cancel(&mut self) {
        let busy = self.run.as_ref().is_some_and(|run| run.wakes_us.is_some());
        if busy || matches!(self.state, State::CopyIn(_)) {
            self.fail(Report::error("57014", "canceling statement due to user request"));
        }
    }

    fn give(&mut self, answer: &Answer, target: Target) -> Result<Flow, Report> {
        match &answer.does {
            Does::Rows { columns, rows, tag } => self.say_rows(columns, rows, tag.as_deref(), &target)?,
            Does::Command(tag) => self.say_complete(tag),
            Does::Error(report) => return Err(report.clone()),
            Does::RowsThenError { columns, rows, report } => {
                if matches!(target, Target::Simple) && !self.is_described() {
                    self.describe_rows(columns, &[])?;
                }
                self.data_rows(columns, rows, &target)?;
                return Err(report.clone());
            }
            Does::CopyOut { columns, rows, form } => self.copy_out(columns, rows, *form)?,
            Does::CopyIn { table, columns, form } => {
                let in_extended = !matches!(target, Target::Simple);
                let copy = CopyIn::new(table.clone(), columns.clone(), *form, in_extended, self.world.edition);
                self.state = State::CopyIn(Box::new(copy));
                self.say(&copy::COPY_IN_RESPONSE, &copy_response(*form, columns.len()));
                self.flush();
                return Ok(Flow::Waits);
            }
            Does::Stream(payloads) => {
                self.begin_stream(payloads);
                return Ok(Flow::Waits);
            }
        }
        Ok(Flow::Done)
    }

    pub(super) fn say_complete(&mut self, tag: &str) {
        self.say(&simple_query::COMMAND_COMPLETE, &[tag.into()]);
    }

    /// RowDescription. `formats` is empty in answer to Describe of a statement and in simple queries.
    pub(super) fn describe_rows(&mut self, columns: &[Column], formats: &[usize]) -> Result<(), Report> {
        let described = columns.iter().enumerate().map(|(number, column)| {
            let (table, attribute) = column.origin.unwrap_or_default();
            Value::List(vec![
                column.name.as_str().into(),
                Value::Int(i64::from(table)),
                Value::Int(i64::from(attribute)),
                Value::Int(i64::from(column.of.oid)),
                Value::Int(i64::from(column.of.size)),
                Value::Int(-1),
                Value::Int(super::body::format_of(formats, number) as i64),
            ])
        });
        let described = Value::List(described.collect());
        self.say(&simple_query::ROW_DESCRIPTION, &[described]);
        Ok(())
    }

    fn say_rows(
        &mut self,
        columns: &[Column],
        rows: &[Vec<Option<String>>],
        tag: Option<&str>,
        target: &Target,
    ) -> Result<(), Report> {
        let sent = match target {
            Target::Simple => {
                if !self.is_described() {
                    self.describe_rows(columns, &[])?;
                }
                self.data_rows(columns, rows, target)?;
                rows.len()
            }
            Target::Portal(name, most) => {
                let Some(portal) = self.session.portals.get_mut(kept(name)) else { return Ok(()) };
                let left = rows.get(portal.at..).unwrap_or_default();
                let most = if *most as i32 <= 0 { usize::MAX } else { *most as usize };
                let now = left.get(..most.min(left.len())).unwrap_or_default().to_vec();
                portal.at += now.len();
                let suspended = now.len() == most;
                portal.done = !suspended;
                self.data_rows(columns, &now, target)?;
                if suspended {
                    self.say(&extended_query::PORTAL_SUSPENDED, &[]);
                    return Ok(());
                }
                now.len()
            }
        };
        let tag = tag.map_or_else(|| format!("SELECT {sent}"), str::to_owned);
        self.say_complete(&tag);
        Ok(())
    }

    fn data_rows(&mut self, columns: &[Column], rows: &[Vec<Option<String>>], target: &Target) -> Result<(), Report> {
        let portal = match target {
            Target::Simple => Portal::default(),
            Target::Portal(name, _) => self.session.portals.get(kept(name)).cloned().unwrap_or_default(),
        };
        for row in rows {
            let values = columns.iter().zip(row).enumerate().map(|(number, (column, value))| {
                let format = super::body::format_of(&portal.formats, number);
                written(column.of, value.as_deref(), &portal.parameters, format)
            });
            let values: Vec<Value> = values.collect::<Result<_, Report>>()?;
            self.say(&simple_query::DATA_ROW, &[Value::List(values)]);
        }
        Ok(())
    }

    fn copy_out(&mut self, columns: &[Column], rows: &[Vec<Option<String>>], form: CopyForm) -> Result<(), Report> {
        self.say(&copy::COPY_OUT_RESPONSE, &copy_response(form, columns.len()));
        for payload in binary_copy::write(columns, rows, form)? {
            self.say(&copy::COPY_DATA, &[Value::Bytes(payload)]);
        }
        self.say(&copy::COPY_DONE, &[]);
        self.say_complete(&format!("COPY {}", rows.len()));
        Ok(())
    }
}

fn copy_response(form: CopyForm, columns: usize) -> [Value; 2] {
    let code = i64::from(form == CopyForm::Binary);
    [Value::Int(code), Value::List(vec![Value::Int(code); columns])]
}

/// A value in the format that was asked for. `$1` stands for a parameter.
fn written(of: Type, value: Option<&str>, parameters: &[Option<String>], format: usize) -> Result<Value, Report> {
    let number = value.and_then(|value| value.strip_prefix('$')).and_then(|number| number.parse::<usize>().ok());
    let value = match number.and_then(|number| parameters.get(number.checked_sub(1)?)) {
        Some(parameter) => parameter.as_deref(),
        None => value,
    };
    let Some(value) = value else { return Ok(Value::Null) };
    match format {
        0 => Ok(Value::Bytes(value.as_bytes().to_vec())),
        1 => of.to_binary(value).map(Value::Bytes),
        other => Err(Report::error("22023", format!("unsupported format code: {other}"))),
    }
}
