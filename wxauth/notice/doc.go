// Package notice receives WeChat's message push: what WeChat tells a mini
// program's server of its own accord. When a user closes the account, it ends
// the user's logins.
//
//	receiver, err := notice.New(auth, notice.Config{
//		AppID:           "wx4f4bc4dec97d474b",
//		Token:           os.Getenv("PUSH_TOKEN"),
//		EncodingAESKeys: []string{os.Getenv("PUSH_KEY")},
//		OnNotice: func(ctx context.Context, n notice.Notice) error {
//			if n.Event == notice.AccountClosed {
//				return deleteUser(ctx, n.OpenID)
//			}
//			return nil
//		},
//	})
//	…
//	mux.Handle("/wechat/push", receiver)
//
// At mp.weixin.qq.com, enter the URL, a Token of 16 to 32 random characters, an
// EncodingAESKey, and the mode 安全模式 (safe mode). JSON and XML both work.
//
// # Map
//
//   - [Config] and [New] make a [Receiver].
//   - [Receiver.ServeHTTP] is the handler for the URL: it answers WeChat's
//     check of the URL, opens messages, ends logins and calls
//     Config.OnNotice.
//   - [Receiver.Read] only opens a message. It is for an application whose URL
//     feeds another dispatcher, too.
//   - [Notice] is an opened message. [AccountClosed], [ConsentWithdrawn] and
//     [ProfileModified] are the events about a user's account.
//
// # What it does
//
// On [AccountClosed] the Receiver first calls [wxauth.Auth.Revoke] with the
// reason [ReasonAccountClosed], then OnNotice. Every other message only reaches
// OnNotice. A message reaches OnNotice at least once, and more than once if
// WeChat sends it again: OnNotice must give the same result each time. WeChat
// waits 5 seconds and sends a message three times at most, so OnNotice and
// Revoke get 4 seconds together. After an error of either, the answer is 500 and
// WeChat sends again.
//
// A message that is not authentic is answered with 403, which WeChat does not
// repeat. A message is authentic if its msg_signature is right, one of the
// EncodingAESKeys decrypts it, and it ends in the AppID. The log says why a
// message was refused.
//
// # What it does not believe
//
//   - Messages in plain mode (明文模式). Their signature does not cover the
//     body, so anyone who once saw a URL could close any account. They are
//     refused.
//   - The plain fields of a message in compatible mode (兼容模式), the query's
//     openid and encrypt_type, and FromUserName, which names an account of
//     WeChat's.
//   - Time. The signature lets digits move between timestamp and nonce, so the
//     age of a message is not known. A recorded message can be sent again; it
//     can only end the logins of the same user again.
//   - Messages with a repeated name, with a name that differs from WeChat's in
//     upper and lower case only where that matters, with a DOCTYPE, over
//     64 KiB, or nested deeper than 32 levels.
//
// # Limits
//
// The package does not receive the unsigned pushes of WeChat Cloud Run, which
// come over its private network, and not the messages to a third-party
// platform, which are encrypted for the platform. It does not reply with
// messages of its own. It does not remember which messages it has seen.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push
package notice
