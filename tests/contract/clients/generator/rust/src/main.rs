//! What every generated client must be able to do: two accounts, money between them, a list page by page, a refusal of
//! the ledger and a change that is based on something old.

use std::error::Error;
use std::fmt::Debug;

use bursar::apis::accounts_api::{create_account, list_accounts, patch_account};
use bursar::apis::configuration::Configuration;
use bursar::apis::transfers_api::create_transfer;
use bursar::apis::Error as ApiError;
use bursar::models::{
    Account, AccountType, CreateAccount, CreateCompoundTransfer, CreateSingleTransfer, CreateTransfer,
    CreateTransferLeg, ErrorCode, Failure, PatchAccount,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn once() -> String {
    uuid::Uuid::new_v4().to_string()
}

async fn open(bursar: &Configuration, what: CreateAccount) -> Outcome<Account> {
    Ok(*create_account(bursar, &once(), what, None, None).await?.data)
}

async fn list(bursar: &Configuration, code: &str) -> Outcome<Vec<Account>> {
    let mut out = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page =
            list_accounts(bursar, None, None, None, None, None, cursor.as_deref(), Some(1), None, None).await?;
        out.extend(page.data);
        cursor = page.meta.next_cursor;
        if cursor.is_none() || out.iter().any(|each: &Account| each.code.as_deref() == Some(code)) {
            return Ok(out);
        }
    }
}

fn require_refusal<T: Debug, E: Debug>(answer: Result<T, ApiError<E>>, status: u16, code: ErrorCode) {
    match answer {
        Err(ApiError::ResponseError(said)) => {
            assert_eq!(said.status.as_u16(), status, "{}", said.content);
            let failure: Failure = serde_json::from_str(&said.content).expect("a failure");
            assert_eq!(failure.error.code, code);
        }
        other => panic!("wanted {code:?}: {other:?}"),
    }
}

async fn run() -> Outcome<()> {
    let bursar = Configuration {
        base_path: std::env::var("BURSAR_URL")?,
        bearer_access_token: Some(std::env::var("BURSAR_API_KEY")?),
        ..Configuration::default()
    };
    let code = format!("rust-{}", once());
    let mut wallet = CreateAccount::new("Wallet".into(), "EUR".into(), AccountType::Liability);
    wallet.code = Some(Some(code.clone()));
    wallet.floor = Some(Some(0));
    let wallet = open(&bursar, wallet).await?;
    let mut bank = CreateAccount::new("Bank".into(), "EUR".into(), AccountType::Asset);
    bank.metadata = Some([("share".to_owned(), serde_json::json!(1.5))].into());
    let bank = open(&bursar, bank).await?;

    let single = CreateSingleTransfer::new(bank.id, wallet.id, 1250);
    let single = CreateTransfer::CreateSingleTransfer(Box::new(single));
    let paid = create_transfer(&bursar, &once(), single, None, None).await?.data;
    let balances = paid.balances.expect("the balances after it");
    assert!(balances.iter().any(|each| each.account_id == wallet.id && each.posted == 1250), "{balances:?}");

    let listed = list(&bursar, &code).await?;
    assert!(listed.len() > 1, "one account a page");
    assert!(listed.contains(&wallet));

    let leg = CreateTransferLeg::new(wallet.id, bank.id, 1251);
    let compound = CreateTransfer::CreateCompoundTransfer(Box::new(CreateCompoundTransfer::new(vec![leg])));
    let refused = create_transfer(&bursar, &once(), compound, None, None).await;
    require_refusal(refused, 422, ErrorCode::InsufficientFunds);

    let mut purse = PatchAccount::new();
    purse.name = Some("Purse".into());
    let late = patch_account(&bursar, &wallet.id.to_string(), "\"0\"", purse, None, None).await;
    require_refusal(late, 412, ErrorCode::PreconditionFailed);
    println!("ok");
    Ok(())
}

fn main() -> Outcome<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}
