//! Prepared statements and portals: a log that only grows. Each Parse makes a version of a statement, each Bind a portal; what
//! a request means is found when it is asked, and a version whose request failed leads to the one before it.

use super::NONE;
use super::current::Current;
use super::sketch::Sketch;

/// A prepared statement, from a Parse on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    /// The Parse; [`NONE`] if it was made before the recording, or by SQL.
    pub(crate) parse: u32,
    /// Its ParameterDescription.
    pub(crate) parameters: u32,
    /// A RowDescription of it, or of a portal of it.
    pub(crate) described: u32,
    /// What its SQL says of the conversation.
    pub(crate) sketch: Sketch,
    /// What had this name before.
    previous: u32,
    standing: Standing,
}

/// Whether a name stands for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It was asked for, or made.
    Made,
    /// Its request failed or was thrown away: what was there before holds.
    Failed,
    /// Of a portal: its Bind was thrown away together with the Parse of its statement, which nothing stands for.
    Unread,
    /// It was closed.
    Dropped,
}

/// A portal, from a Bind on.
#[derive(Clone, Copy, Debug)]
struct Portal {
    /// The Bind; [`NONE`] if it was made otherwise.
    bind: u32,
    statement: u32,
    /// A RowDescription of its own, which has the formats.
    described: u32,
    previous: u32,
    standing: Standing,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    statements: Vec<Statement>,
    portals: Vec<Portal>,
    statement_names: Current,
    portal_names: Current,
}

impl Names {
    /// How much memory it takes, names left out.
    pub(crate) fn size_in_bytes(&self) -> usize {
        size_of_val(self.statements.as_slice()) + size_of_val(self.portals.as_slice())
    }

    /// The statement that a request means with this version: what failed since leads to the one before it.
    pub(crate) fn statement(&self, version: u32) -> Option<&Statement> {
        self.statements.get(self.resolved(version) as usize)
    }

    pub(crate) fn statement_mut(&mut self, version: u32) -> Option<&mut Statement> {
        let version = self.resolved(version);
        self.statements.get_mut(version as usize)
    }

    /// The version that holds, now that it is known which requests failed; [`NONE`] if none does.
    fn resolved(&self, mut version: u32) -> u32 {
        let mut assumed = NONE;
        while let Some(statement) = self.statements.get(version as usize) {
            match statement.standing {
                Standing::Made if statement.parse != NONE => return version,
                // It was assumed because nothing was known of it then: what was dropped before may not have been.
                Standing::Made if assumed == NONE => assumed = version,
                Standing::Dropped => return assumed,
                Standing::Made | Standing::Failed | Standing::Unread => {}
            }
            version = statement.previous;
        }
        assumed
    }

    /// The version that a name stands for, as far as is known when it is used.
    pub(crate) fn find(&self, name: &[u8]) -> u32 {
        self.statement_names.get(name)
    }

    /// What was asked is not all known any more: the statement and the portal without a name may be others.
    pub(crate) fn miss(&mut self) {
        self.statement_names.set(b"", NONE);
        self.portal_names.set(b"", NONE);
    }

    /// What had the name of this version before it.
    pub(crate) fn before(&self, version: u32) -> Option<&Statement> {
        self.statement(self.statements.get(version as usize)?.previous)
    }

    /// A Parse was asked: the new version.
    pub(crate) fn parse(&mut self, name: &[u8], frame: u32, sketch: Sketch) -> u32 {
        let previous = self.statement_names.get(name);
        let statement =
            Statement { parse: frame, parameters: NONE, described: NONE, sketch, previous, standing: Standing::Made };
        self.push_statement(name, statement)
    }

    /// A statement that was made before the recording, or by SQL: what is learned of it has a place.
    pub(crate) fn assume(&mut self, name: &[u8]) -> u32 {
        let version = self.find(name);
        if self.resolved(version) != NONE {
            return version;
        }
        self.parse(name, NONE, Sketch::UNSEEN)
    }

    fn push_statement(&mut self, name: &[u8], statement: Statement) -> u32 {
        let version = self.statements.len() as u32;
        self.statements.push(statement);
        self.statement_names.set(name, version);
        version
    }

    /// A Close was asked, or what has the same effect.
    pub(crate) fn close_statement(&mut self, name: &[u8]) -> u32 {
        let previous = self.statement_names.get(name);
        let is_gone = self.statements.get(previous as usize).is_none_or(|one| one.standing == Standing::Dropped);
        if is_gone {
            return NONE;
        }
        let statement = Statement {
            parse: NONE,
            parameters: NONE,
            described: NONE,
            sketch: Sketch::UNSEEN,
            previous,
            standing: Standing::Dropped,
        };
        self.push_statement(name, statement)
    }

    /// The request that made or dropped this version failed, or was thrown away.
    pub(crate) fn statement_failed(&mut self, version: u32) {
        let Some(previous) = self.statements.get(version as usize).map(|one| one.previous) else { return };
        // One that failed before leads further at once, or the way back would grow with every failure.
        let before = self.statements.get(previous as usize).filter(|one| one.standing == Standing::Failed);
        let previous = before.map_or(previous, |one| one.previous);
        if let Some(one) = self.statements.get_mut(version as usize) {
            (one.standing, one.previous) = (Standing::Failed, previous);
        }
    }

    /// A Bind was asked: the new portal.
    pub(crate) fn bind(&mut self, name: &[u8], frame: u32, statement: u32) -> u32 {
        let previous = self.portal_names.get(name);
        self.push_portal(name, Portal { bind: frame, statement, described: NONE, previous, standing: Standing::Made })
    }

    fn push_portal(&mut self, name: &[u8], portal: Portal) -> u32 {
        let version = self.portals.len() as u32;
        self.portals.push(portal);
        self.portal_names.set(name, version);
        version
    }

    /// The portal that a name stands for, as far as is known when it is used.
    pub(crate) fn portal(&self, name: &[u8]) -> u32 {
        self.portal_names.get(name)
    }

    /// The portal that holds, now that it is known which requests failed.
    fn resolved_portal(&self, mut version: u32) -> u32 {
        while let Some(portal) = self.portals.get(version as usize) {
            match portal.standing {
                Standing::Made => return version,
                Standing::Dropped => return NONE,
                Standing::Failed | Standing::Unread => version = portal.previous,
            }
        }
        NONE
    }

    pub(crate) fn close_portal(&mut self, name: &[u8]) -> u32 {
        let previous = self.portal_names.get(name);
        let is_gone = self.portals.get(previous as usize).is_none_or(|one| one.standing == Standing::Dropped);
        if is_gone {
            return NONE;
        }
        self.push_portal(
            name,
            Portal { bind: NONE, statement: NONE, described: NONE, previous, standing: Standing::Dropped },
        )
    }

    /// The same for a portal; `since` is the frame of the request at which the server began to throw away.
    pub(crate) fn portal_failed(&mut self, version: u32, since: u32) {
        let Some(Portal { previous, statement, .. }) = self.portals.get(version as usize).copied() else { return };
        let has_failed = |one: &&Portal| matches!(one.standing, Standing::Failed | Standing::Unread);
        let before = self.portals.get(previous as usize).filter(has_failed);
        let previous = before.map_or(previous, |one| one.previous);
        let is_unread = self.statements.get(statement as usize).is_some_and(|statement| {
            statement.standing == Standing::Failed && (since..NONE).contains(&statement.parse)
        });
        if let Some(one) = self.portals.get_mut(version as usize) {
            (one.standing, one.previous) = (if is_unread { Standing::Unread } else { Standing::Failed }, previous);
        }
    }

    /// The Bind of a portal, and its statement.
    pub(crate) fn bound(&self, portal: u32) -> (u32, u32) {
        let portal = self.portals.get(self.resolved_portal(portal) as usize);
        portal.map_or((NONE, NONE), |portal| (portal.bind, portal.statement))
    }

    /// The Bind that made this portal, also where it has failed since; or [`NONE`].
    pub(crate) fn made_by(&self, portal: u32) -> u32 {
        self.portals.get(portal as usize).map_or(NONE, |portal| portal.bind)
    }

    /// The statement that it named, where that has failed since.
    pub(crate) fn named_and_failed(&self, portal: u32) -> Option<&Statement> {
        let portal = self.portals.get(portal as usize)?;
        self.statements.get(portal.statement as usize).filter(|statement| statement.standing == Standing::Failed)
    }

    /// How many portals were made so far.
    pub(crate) fn portals(&self) -> u32 {
        self.portals.len() as u32
    }

    /// Whether the portal that holds for this one was made by a Bind before so many others.
    pub(crate) fn is_among(&self, portal: u32, first: u32) -> bool {
        let portal = self.resolved_portal(portal);
        portal < first && self.portals.get(portal as usize).is_some_and(|portal| portal.bind != NONE)
    }

    /// The statement that the Bind of this portal named, whether that made the portal or failed.
    pub(crate) fn named_by(&self, portal: u32) -> Option<&Statement> {
        let portal = self.portals.get(portal as usize)?;
        match portal.standing {
            Standing::Unread => self.statements.get(portal.statement as usize),
            _ => self.statement(portal.statement),
        }
    }

    /// A RowDescription of a portal came. It tells of its statement, too.
    pub(crate) fn portal_described(&mut self, portal: u32, frame: u32) {
        let (_, statement) = self.bound(portal);
        let portal = self.resolved_portal(portal);
        self.portals.get_mut(portal as usize).into_iter().for_each(|one| one.described = frame);
        if let Some(statement) = self.statement_mut(statement).filter(|statement| statement.described == NONE) {
            statement.described = frame;
        }
    }

    /// The RowDescription, or the NoData, that holds for the rows of a portal.
    pub(crate) fn description_of(&self, portal: u32) -> u32 {
        let Some(portal) = self.portals.get(self.resolved_portal(portal) as usize) else { return NONE };
        match portal.described {
            NONE => self.statement(portal.statement).map_or(NONE, |statement| statement.described),
            described => described,
        }
    }
}
