//! The options that a process has, whichever services it serves.

use super::{Listen, Migrations, OneService, Sagas, Security, ServeOptions};
use crate::command::{logging::LogOptions, traces::TraceOptions};

impl ServeOptions {
    /// How the process logs.
    pub(in crate::command) fn log(&self) -> &LogOptions {
        match &self.service {
            None => &self.all.log,
            Some(OneService::Article(options)) => &options.log,
            Some(OneService::User(options)) => &options.log,
            Some(OneService::Coordinator(options)) => &options.log,
        }
    }

    /// Its listener.
    pub(in crate::command) fn listen(&self) -> &Listen {
        match &self.service {
            None => &self.all.listen,
            Some(OneService::Article(options)) => &options.listen,
            Some(OneService::User(options)) => &options.listen,
            Some(OneService::Coordinator(options)) => &options.listen,
        }
    }

    /// Its credentials.
    pub(in crate::command) fn security(&self) -> &Security {
        match &self.service {
            None => &self.all.security,
            Some(OneService::Article(options)) => &options.security,
            Some(OneService::User(options)) => &options.security,
            Some(OneService::Coordinator(options)) => &options.security,
        }
    }

    /// How its sagas are driven, if it has a coordinator.
    pub(in crate::command) fn sagas(&self) -> Option<&Sagas> {
        match &self.service {
            None => Some(&self.all.sagas),
            Some(OneService::Coordinator(options)) => Some(&options.sagas),
            Some(OneService::Article(_) | OneService::User(_)) => None,
        }
    }

    /// Who changes the schema of its databases.
    pub(in crate::command) fn migrations(&self) -> &Migrations {
        match &self.service {
            None => &self.all.migrations,
            Some(OneService::Article(options)) => &options.migrations,
            Some(OneService::User(options)) => &options.migrations,
            Some(OneService::Coordinator(options)) => &options.migrations,
        }
    }

    /// Where its traces go.
    pub(in crate::command) fn traces(&self) -> &TraceOptions {
        match &self.service {
            None => &self.all.traces,
            Some(OneService::Article(options)) => &options.traces,
            Some(OneService::User(options)) => &options.traces,
            Some(OneService::Coordinator(options)) => &options.traces,
        }
    }
}
