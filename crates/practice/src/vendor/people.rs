//! The people of the invented company, the same at every vendor, so that a demo needs one list of passwords.
//!
//! Must not know what any of them may do; each vendor says that itself.

/// Somebody who can sign in.
#[derive(Clone, Copy, Debug)]
pub struct Employee {
    /// First name.
    pub first_name: &'static str,
    /// Last name.
    pub last_name: &'static str,
    /// E-mail address, which is the name to sign in with.
    pub username: &'static str,
}

/// Everybody: the administrator first.
pub const STAFF: [Employee; 4] = [
    Employee {
        first_name: "Alex",
        last_name: "Admin",
        username: "admin@northwind-practice.example",
    },
    Employee {
        first_name: "Maria",
        last_name: "Lopez",
        username: "maria.lopez@northwind-practice.example",
    },
    Employee {
        first_name: "Ben",
        last_name: "Carter",
        username: "ben.carter@northwind-practice.example",
    },
    Employee {
        first_name: "Ruth",
        last_name: "Adeyemi",
        username: "ruth.adeyemi@northwind-practice.example",
    },
];

impl Employee {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// The one with this name to sign in with.
pub(crate) fn known(username: &str) -> Option<Employee> {
    let username = username.trim();
    STAFF
        .into_iter()
        .find(|employee| employee.username.eq_ignore_ascii_case(username))
}
