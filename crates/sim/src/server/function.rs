//! FunctionCall, the oldest way to run a function.

use pgscope_proto::encode::Value;
use pgscope_proto::messages::function_call;

use super::Server;
use super::body::{Body, format_of, protocol};
use super::statement::failed_transaction;
use crate::report::Report;

impl Server {
    pub(super) fn function_call(&mut self, message: &[u8]) {
        match self.call(Body::of(message)) {
            Ok(result) => {
                self.say(&function_call::FUNCTION_CALL_RESPONSE, &[result]);
                self.ready();
            }
            Err(report) => self.fail(report),
        }
    }

    fn call(&self, mut body: Body<'_>) -> Result<Value, Report> {
        if self.session.transaction == b'E' {
            return Err(failed_transaction());
        }
        let oid = body.u32()?;
        let missing = || Report::error("42883", format!("function with OID {oid} does not exist"));
        let function = self.world.function(oid).ok_or_else(missing)?;
        let formats = body.formats()?;
        let count = body.u16()?;
        let needed = function.arguments.len();
        if count != needed {
            let text = format!("function call message contains {count} arguments but function requires {needed}");
            return Err(protocol(text));
        }
        if formats.len() > 1 && formats.len() != count {
            let formats = formats.len();
            let text = format!("function call message contains {formats} argument formats but {count} arguments");
            return Err(protocol(text));
        }
        let mut arguments = Vec::new();
        for (number, of) in function.arguments.iter().enumerate() {
            let Some(bytes) =
                body.value_or(|length| protocol(format!("invalid argument size {length} in function call message")))?
            else {
                arguments.push(None);
                continue;
            };
            let format = format_of(&formats, number);
            arguments.push(Some(match format {
                0 => of.of_text(&crate::types::utf8(bytes)?)?,
                1 => {
                    let text = format!("incorrect binary data format in function argument {}", number + 1);
                    of.of_binary(bytes, || Report::error("22P03", text))?
                }
                other => return Err(Report::error("22023", format!("unsupported format code: {other}"))),
            }));
        }
        let format = body.u16()?;
        body.end()?;
        let known = function.results.iter().find(|(known, _)| *known == arguments);
        let result = match known {
            Some((_, result)) => result.as_deref(),
            // A strict function is not called with a NULL: its result is NULL.
            None if arguments.contains(&None) => None,
            None => {
                let report = Report::error("0A000", "this is a simulated server: it does not know this call's result");
                return Err(report);
            }
        };
        let Some(result) = result else { return Ok(Value::Null) };
        match format {
            0 => Ok(Value::Bytes(result.as_bytes().to_vec())),
            1 => function.result.to_binary(result).map(Value::Bytes),
            other => Err(Report::error("22023", format!("unsupported format code: {other}"))),
        }
    }
}
