//! Tools: typed operations with a schema. A reading tool answers at once; a writing tool only prepares:
//! it turns its input into the exact request and the exact preview that a person will decide about.
//!
//! Must not know: policy, proposals' storage, faces.

use crate::{
    caller::{Caller, ProviderResponse},
    schema,
    touching::{Hides, Looking},
};
use async_trait::async_trait;
use gatelodge_model::{
    Digest, Effect, Error, FrozenProposal, FrozenRequest, Preview, RecordVersion, Result, ToolName,
    Touches,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::sync::Arc;

/// What a face shows of a tool.
#[derive(Debug, Clone)]
pub struct Descriptor {
    /// `provider_verb_object`.
    pub name: ToolName,
    /// A few words for people.
    pub title: &'static str,
    /// What it does, for agents: static text of ours, never the provider's.
    pub description: &'static str,
    /// What it changes.
    pub effect: Effect,
    /// Provider scopes without which it cannot work.
    pub scopes: &'static [&'static str],
    /// JSON Schema 2020-12 of the input: inlined, closed, no nullable unions.
    pub input_schema: Value,
    /// JSON Schema of the result.
    pub output_schema: Value,
    /// Hash of the input schema; part of every frozen proposal.
    pub schema_digest: Digest,
}

impl Descriptor {
    /// Describes a tool with these input and output types.
    ///
    /// # Errors
    /// When the name is not a tool name.
    pub fn of<Input: JsonSchema, Output: JsonSchema>(
        name: &str,
        title: &'static str,
        description: &'static str,
        effect: Effect,
        scopes: &'static [&'static str],
    ) -> Result<Self> {
        let name = name.parse::<ToolName>().map_err(Error::internal)?;
        let input_schema = schema::of::<Input>();
        let output_schema = schema::of_output::<Output>();
        let schema_digest = schema::digest(&input_schema);
        Ok(Self {
            name,
            title,
            description,
            effect,
            scopes,
            input_schema,
            output_schema,
            schema_digest,
        })
    }
}

/// A tool that changes nothing.
#[async_trait]
pub trait ReadTool: Send + Sync + 'static {
    /// Arguments; `#[serde(deny_unknown_fields)]`, doc comments become the schema's descriptions.
    type Input: DeserializeOwned + JsonSchema + Send + Sync;
    /// Result.
    type Output: Serialize + JsonSchema + Send;

    /// Runs it with the rights of the connected person.
    ///
    /// # Errors
    /// The provider's refusal with its own code and message, or what kept the answer away.
    async fn call(&self, caller: &dyn Caller, input: Self::Input) -> Result<Self::Output>;

    /// What a call with this input touches. A tool that does not say it touches anything, as far as rules know.
    ///
    /// # Errors
    /// Wrong arguments by field; what kept names from being looked up.
    async fn touches(&self, looking: Looking<'_>, input: &Self::Input) -> Result<Touches> {
        let _ = (looking, input);
        Ok(Touches::anything())
    }

    /// Takes out of a result what must not be in it, or refuses to hand it out.
    ///
    /// # Errors
    /// `forbidden` where what is hidden cannot be taken out.
    fn withhold(result: &mut Value, hides: &dyn Hides) -> Result<()> {
        let _ = (result, hides);
        Ok(())
    }

    /// The result as JSON. A tool whose result holds JSON already moves it here instead of copying it.
    ///
    /// # Errors
    /// `internal` when the result cannot be serialised.
    fn into_json(output: Self::Output) -> Result<Value> {
        serde_json::to_value(output).map_err(Error::internal)
    }
}

/// What a writing tool hands over for the decision.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedWrite {
    /// The exact request.
    pub request: FrozenRequest,
    /// What a person sees; made from a live read.
    pub preview: Preview,
    /// Versions of the records in the preview.
    pub record_versions: Vec<RecordVersion>,
}

/// What a look at the provider told about a write whose answer was lost.
#[derive(Debug, Clone, PartialEq)]
pub enum Reconciled {
    /// It happened; the result as far as it can be known, and the evidence in words.
    Happened {
        /// As [`WriteTool::interpret`] would have given it.
        result: Value,
        /// What was seen.
        evidence: String,
    },
    /// It did not happen, as far as the provider shows now.
    NotSeen {
        /// What was seen.
        evidence: String,
    },
    /// It cannot be told.
    Unclear {
        /// Why, and how a person finds out.
        evidence: String,
    },
}

/// A tool that writes, after a person decided.
#[async_trait]
pub trait WriteTool: Send + Sync + 'static {
    /// Arguments.
    type Input: DeserializeOwned + JsonSchema + Send + Sync;
    /// Result.
    type Output: Serialize + JsonSchema + Send;

    /// Checks preconditions, reads live, and freezes the request with its preview. Writes nothing.
    ///
    /// # Errors
    /// Wrong arguments by field, the provider's refusal of the reads, missing rights.
    async fn prepare(&self, caller: &dyn Caller, input: Self::Input) -> Result<PreparedWrite>;

    /// What a call with this input touches. A tool that does not say it touches anything, as far as rules know.
    ///
    /// # Errors
    /// Wrong arguments by field; what kept names from being looked up.
    async fn touches(&self, looking: Looking<'_>, input: &Self::Input) -> Result<Touches> {
        let _ = (looking, input);
        Ok(Touches::anything())
    }

    /// Reads the provider's answer to the frozen request.
    ///
    /// # Errors
    /// The provider's refusal; `stale` where the answer says that the record changed (HTTP 412).
    fn interpret(
        &self,
        frozen: &FrozenProposal,
        response: &ProviderResponse,
    ) -> Result<Self::Output>;

    /// Whether the write happened, after its answer was lost.
    ///
    /// # Errors
    /// What kept the look from succeeding; the write then stays unknown.
    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled>;

    /// The versions that the records of a proposal have now, in the same order; a missing record is left out.
    ///
    /// # Errors
    /// What kept the reads from succeeding.
    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>>;
}

/// A tool without its types: what the catalogue holds and `core::execute` runs.
#[async_trait]
pub trait Tool: Send + Sync {
    /// Names and schemas.
    fn descriptor(&self) -> &Descriptor;
    /// What it can do.
    fn kind(&self) -> ToolKind<'_>;
}

impl dyn Tool {
    /// What a call with these arguments touches, whether it reads or writes.
    ///
    /// # Errors
    /// As [`ReadTool::touches`] and [`WriteTool::touches`].
    pub async fn touches(&self, looking: Looking<'_>, arguments: Value) -> Result<Touches> {
        match self.kind() {
            ToolKind::Read(read) => read.touches(looking, arguments).await,
            ToolKind::Write(write) => write.touches(looking, arguments).await,
        }
    }
}

/// A shared tool.
pub type ToolRef = Arc<dyn Tool>;

/// A reading or a writing tool, without types.
pub enum ToolKind<'tool> {
    /// Answers at once.
    Read(&'tool dyn ErasedRead),
    /// Prepares, and runs after a decision.
    Write(&'tool dyn ErasedWrite),
}

/// A [`ReadTool`] over JSON.
#[async_trait]
pub trait ErasedRead: Send + Sync {
    /// Parses the arguments and runs the tool.
    ///
    /// # Errors
    /// As [`ReadTool::call`]; `invalid_argument` with the field's name where the arguments do not fit.
    async fn call(&self, caller: &dyn Caller, arguments: Value) -> Result<Value>;
    /// As [`ReadTool::touches`].
    ///
    /// # Errors
    /// As there; `invalid_argument` where the arguments do not fit.
    async fn touches(&self, looking: Looking<'_>, arguments: Value) -> Result<Touches>;
    /// As [`ReadTool::withhold`].
    ///
    /// # Errors
    /// As there.
    fn withhold(&self, result: &mut Value, hides: &dyn Hides) -> Result<()>;
}

/// A [`WriteTool`] over JSON.
#[async_trait]
pub trait ErasedWrite: Send + Sync {
    /// As [`WriteTool::prepare`].
    ///
    /// # Errors
    /// As there; `invalid_argument` where the arguments do not fit.
    async fn prepare(&self, caller: &dyn Caller, arguments: Value) -> Result<PreparedWrite>;
    /// As [`WriteTool::touches`].
    ///
    /// # Errors
    /// As there; `invalid_argument` where the arguments do not fit.
    async fn touches(&self, looking: Looking<'_>, arguments: Value) -> Result<Touches>;
    /// As [`WriteTool::interpret`].
    ///
    /// # Errors
    /// As there.
    fn interpret(&self, frozen: &FrozenProposal, response: &ProviderResponse) -> Result<Value>;
    /// As [`WriteTool::reconcile`].
    ///
    /// # Errors
    /// As there.
    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled>;
    /// As [`WriteTool::current_versions`].
    ///
    /// # Errors
    /// As there.
    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>>;
}

/// Joins a typed reading tool with its descriptor.
struct Reading<T>(Descriptor, T);
/// Joins a typed writing tool with its descriptor.
struct Writing<T>(Descriptor, T);

/// Makes a catalogue entry of a reading tool.
pub fn reading<T: ReadTool>(descriptor: Descriptor, tool: T) -> ToolRef {
    Arc::new(Reading(descriptor, tool))
}

/// Makes a catalogue entry of a writing tool.
pub fn writing<T: WriteTool>(descriptor: Descriptor, tool: T) -> ToolRef {
    Arc::new(Writing(descriptor, tool))
}

impl<T: ReadTool> Tool for Reading<T> {
    fn descriptor(&self) -> &Descriptor {
        &self.0
    }
    fn kind(&self) -> ToolKind<'_> {
        ToolKind::Read(self)
    }
}

#[async_trait]
impl<T: ReadTool> ErasedRead for Reading<T> {
    async fn call(&self, caller: &dyn Caller, arguments: Value) -> Result<Value> {
        let input = schema::parse_arguments(arguments)?;
        let output = self.1.call(caller, input).await?;
        T::into_json(output)
    }
    async fn touches(&self, looking: Looking<'_>, arguments: Value) -> Result<Touches> {
        let input = schema::parse_arguments(arguments)?;
        self.1.touches(looking, &input).await
    }
    fn withhold(&self, result: &mut Value, hides: &dyn Hides) -> Result<()> {
        T::withhold(result, hides)
    }
}

impl<T: WriteTool> Tool for Writing<T> {
    fn descriptor(&self) -> &Descriptor {
        &self.0
    }
    fn kind(&self) -> ToolKind<'_> {
        ToolKind::Write(self)
    }
}

#[async_trait]
impl<T: WriteTool> ErasedWrite for Writing<T> {
    async fn prepare(&self, caller: &dyn Caller, arguments: Value) -> Result<PreparedWrite> {
        let input = schema::parse_arguments(arguments)?;
        self.1.prepare(caller, input).await
    }
    async fn touches(&self, looking: Looking<'_>, arguments: Value) -> Result<Touches> {
        let input = schema::parse_arguments(arguments)?;
        self.1.touches(looking, &input).await
    }
    fn interpret(&self, frozen: &FrozenProposal, response: &ProviderResponse) -> Result<Value> {
        let output = self.1.interpret(frozen, response)?;
        serde_json::to_value(output).map_err(Error::internal)
    }
    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled> {
        self.1.reconcile(caller, frozen).await
    }
    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        self.1.current_versions(caller, frozen).await
    }
}
