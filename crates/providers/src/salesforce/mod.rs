//! Salesforce: its manifest, its hosts, its errors, its tools.
//!
//! Must not know: credentials, stores, policy, pages. Facts of the vendor are in the files that use them.

mod app_files;
mod batch;
mod bulk;
mod client;
mod describe;
mod error;
mod explain;
mod files;
mod hosts;
mod identity;
mod ids;
mod named;
mod names;
mod objects;
mod pages;
mod rest;
mod rows;
mod soap;
mod statement;
#[cfg(test)]
mod testing;
mod tools;
mod touches;
mod trial;
mod usage;
mod values;
mod write;

use gatelodge_model::{ApiCount, Environment, Error, ExternalAccount, FrozenRequest, Result};
use gatelodge_provider::{
    AppFiles, AppRegistration, Exports, HostPattern, IdentityRequest, LoginHost, Manifest,
    Provider, ProviderResponse, RowCounter, TokenFacts, ToolRef, Trial,
};
use serde_json::{Map, Value};
use url::Url;

const MANIFEST: &str = include_str!("provider.toml");
const GUIDE: &str = include_str!("README.md");

/// The provider.
pub(crate) struct Salesforce {
    manifest: Manifest,
    api_hosts: Vec<HostPattern>,
    tools: Vec<ToolRef>,
    practice_orgs: Vec<Url>,
}

impl Salesforce {
    /// With the practice orgs of the configuration file.
    pub(crate) fn new(practice_orgs: Vec<Url>) -> Result<Self> {
        practice_orgs
            .iter()
            .try_for_each(hosts::check_practice_org)?;
        let manifest = Manifest::parse(MANIFEST)?;
        let api_hosts = manifest
            .api_hosts
            .iter()
            .map(|rule| HostPattern::new(rule))
            .collect();
        Ok(Self {
            manifest,
            api_hosts,
            tools: tools::all()?,
            practice_orgs,
        })
    }
}

impl Provider for Salesforce {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn tools(&self) -> &[ToolRef] {
        &self.tools
    }

    fn guide(&self) -> &'static str {
        GUIDE
    }

    fn app_files(&self, app: &AppRegistration) -> Result<Option<AppFiles>> {
        app_files::write(&self.manifest, app).map(Some)
    }

    fn trial(&self) -> Option<&dyn Trial> {
        Some(&trial::SalesforceTrial)
    }

    fn login_choices(&self) -> Vec<(LoginHost, &'static str)> {
        let fixed = [
            (
                "https://login.salesforce.com",
                "Production: your company's live data, and Developer Edition orgs",
            ),
            (
                "https://test.salesforce.com",
                "Sandbox: a copy of your company's org for tests",
            ),
        ];
        let mut choices: Vec<_> = fixed
            .into_iter()
            .filter_map(|(address, words)| Some((self.parse_login_host(address).ok()?, words)))
            .collect();
        choices.extend(self.practice_orgs.iter().map(|base| {
            let host = LoginHost {
                base: base.clone(),
                environment: Environment::Practice,
            };
            (host, "Practice org: invented data on this installation")
        }));
        choices
    }

    fn parse_login_host(&self, text: &str) -> Result<LoginHost> {
        hosts::parse_login_host(text, &self.practice_orgs)
    }

    fn accepts_instance(&self, instance: &Url) -> bool {
        hosts::accepts_instance(instance, &self.api_hosts, &self.practice_orgs)
    }

    fn read_token_facts(
        &self,
        answer: &Map<String, Value>,
        previous: Option<&Url>,
    ) -> Result<TokenFacts> {
        identity::read_token_facts(answer, previous)
    }

    fn identity_request(&self, _: &TokenFacts) -> IdentityRequest {
        IdentityRequest {
            path: identity::USER_INFORMATION.to_owned(),
        }
    }

    fn read_identity(&self, response: &ProviderResponse) -> Result<ExternalAccount> {
        identity::read_identity(response)
    }

    fn refuses_token(&self, response: &ProviderResponse) -> bool {
        response.status == 401
            || identity::refuses_token(response)
            || soap::refuses_session(response)
    }

    fn has_left(&self, response: &ProviderResponse) -> bool {
        identity::has_left(response)
    }

    fn may_start(&self, path: &str, body: &str) -> Result<()> {
        bulk::may_start(path, body)
    }

    fn session_element(&self, request: &FrozenRequest) -> Result<&'static str> {
        soap::session_element(request)
    }

    fn row_counter(&self, _: &str, headers: &[(String, String)]) -> RowCounter {
        rows::counter(headers)
    }

    fn objects_named(&self, arguments: &Value) -> Vec<String> {
        named::objects(arguments)
    }

    fn api_count(&self, headers: &[(String, String)]) -> Option<ApiCount> {
        usage::count(headers)
    }

    fn api_count_ends(&self) -> &'static str {
        usage::ENDS
    }

    fn exports(&self) -> Option<&dyn Exports> {
        Some(&bulk::BulkExports)
    }

    fn read_error(&self, response: &ProviderResponse) -> Error {
        error::read(response)
    }

    fn explain_oauth_error(&self, error: &str, description: &str) -> Error {
        error::explain_oauth(error, description)
    }

    fn client_headers(&self, agent: &str) -> Vec<(String, String)> {
        client::headers(agent)
    }

    fn record_url(&self, instance: &Url, object: &str, id: &str) -> Option<Url> {
        // `/<id>` leads to the record in both of Salesforce's interfaces, on every My Domain host.
        names::check("object", object).ok()?;
        let id = ids::RecordId::parse("id", id).ok()?;
        self.accepts_instance(instance)
            .then(|| instance.join(id.as_str()).ok())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_provider::{Guide, GuideBlock, GuideValue};

    fn salesforce() -> Salesforce {
        Salesforce::new(vec![Url::parse("https://localhost:8443").unwrap()]).unwrap()
    }

    #[test]
    fn the_manifest_asks_for_two_scopes_with_reasons() {
        // proves CON-7, CON-8, CON-11
        let provider = salesforce();
        let manifest = provider.manifest();
        assert_eq!(manifest.requested_scopes(), ["api", "refresh_token"]);
        assert!(manifest.scopes.iter().all(|scope| scope.reason.len() > 20));
        let granted = ["api".to_owned()];
        let missing: Vec<_> = manifest
            .missing_scopes(&granted)
            .map(|scope| scope.name.as_str())
            .collect();
        assert_eq!(missing, ["refresh_token"]);
        let other_spelling = ["full".to_owned(), "offline_access".to_owned()];
        assert_eq!(manifest.missing_scopes(&other_spelling).count(), 0);
    }

    #[test]
    fn a_person_chooses_between_environments() {
        // proves CON-2
        let choices = salesforce().login_choices();
        let shown: Vec<_> = choices
            .iter()
            .map(|(host, _)| (host.base.as_str(), host.environment))
            .collect();
        assert_eq!(
            shown,
            [
                ("https://login.salesforce.com/", Environment::Production),
                ("https://test.salesforce.com/", Environment::Sandbox),
                ("https://localhost:8443/", Environment::Practice),
            ]
        );
    }

    #[test]
    fn a_practice_org_is_an_origin() {
        for bad in [
            "https://localhost:8443/x",
            "https://a@localhost",
            "ftp://localhost",
        ] {
            assert!(
                Salesforce::new(vec![Url::parse(bad).unwrap()]).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_records_address_is_at_its_org() {
        let provider = salesforce();
        let instance = Url::parse("https://acme.my.salesforce.com").unwrap();
        let url = provider.record_url(&instance, "Account", "001dM00003jU9Gx");
        assert_eq!(
            url.unwrap().as_str(),
            "https://acme.my.salesforce.com/001dM00003jU9GxQAK"
        );
        assert_eq!(
            provider.record_url(&instance, "Account", "//evil.tld"),
            None
        );
        for foreign in [
            "https://evil.tld",
            "http://acme.my.salesforce.com",
            "http://localhost:8443",
        ] {
            let foreign = Url::parse(foreign).unwrap();
            let url = provider.record_url(&foreign, "Account", "001dM00003jU9Gx");
            assert_eq!(url, None, "{foreign}");
        }
    }

    #[test]
    fn the_guide_holds_every_step() {
        // proves ADM-16, ADM-17, CON-17
        let guide = salesforce().guide();
        for words in [
            "External Client App",
            "Connected App",
            "API name",
            "contact e-mail",
            "callback",
            "refresh_token",
            "PKCE",
            "web server flow",
            "Require Secret for Refresh Token Flow",
            "code by e-mail",
            "sandbox",
            "up to 10 minutes",
            "API Enabled",
            "self-authorize",
            "pre-authorized",
            "session timeout",
            "IP",
            "Developer Edition",
            "five",
            "field-level security",
            "App Manager",
            "Classic",
            "Lightning",
            "Force logout on session timeout",
            "Lock sessions to the IP address",
            "Refresh Token Policy",
            "Single sign-on and multi-factor",
            "Connected Apps OAuth Usage",
            "Login History",
        ] {
            assert!(guide.contains(words), "{words}");
        }
        let steps = Guide::parse(guide).unwrap().steps;
        let holds = |value| {
            let mut blocks = steps.iter().flat_map(|step| &step.blocks);
            blocks.any(|block| *block == GuideBlock::Value(value))
        };
        for value in [
            GuideValue::AppName,
            GuideValue::Callbacks,
            GuideValue::Scopes,
            GuideValue::OwnAddresses,
            GuideValue::Command,
        ] {
            assert!(holds(value), "{value:?}");
        }
    }
}
