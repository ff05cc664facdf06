// Package notice receives WeChat's message push: messages that WeChat sends to a mini
// program's server. When a user closes the account, the package ends the user's logins.
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
// At mp.weixin.qq.com, enter the URL, a Token of 16 to 32 random characters and an
// EncodingAESKey. Choose the mode 安全模式 (safe mode). JSON and XML both work.
//
// # Map
//
//   - [Config] and [New] make a [Receiver].
//   - [Receiver.ServeHTTP] is the handler for the URL. It answers WeChat's check of the
//     URL, decrypts messages, ends logins and calls Config.OnNotice.
//   - [Receiver.Read] only decrypts a message. It is for an application that has its
//     own handler for the URL.
//   - [Notice] is a decrypted message. [AccountClosed], [ConsentWithdrawn] and
//     [ProfileModified] are the events about a user's account.
//
// # What it does
//
// On [AccountClosed] the Receiver first calls [wxauth.Auth.Revoke] with the reason
// [ReasonAccountClosed], then OnNotice. For every other message, it only calls
// OnNotice. WeChat may send a message more than once, and OnNotice is called each time.
// So handling a message twice must do no harm. WeChat waits 5 seconds for an answer and
// sends a message at most three times. So OnNotice and Revoke together get 4 seconds.
// If one of them fails, the answer is 500 and WeChat sends the message again.
//
// A message that is not authentic gets the answer 403, and WeChat does not send it
// again. A message is authentic if its msg_signature is correct, one of the
// EncodingAESKeys decrypts the message, and the decrypted data ends with the AppID. The
// log says why a message was refused.
//
// # What it does not believe
//
//   - Messages in plain mode (明文模式) are refused. Their signature does not cover the
//     body, so anyone who has seen one signed URL could forge a closed account for any
//     user.
//   - The plain fields of a message in compatible mode (兼容模式) are ignored. So are
//     openid and encrypt_type in the query, and FromUserName, which is an account of
//     WeChat.
//   - The timestamp is ignored. An attacker can move digits between timestamp and nonce
//     without changing the signature, so the age of a message is unknown. An attacker
//     can send a recorded message again, but this can only end the logins of the same
//     user again.
//   - Some messages are refused: messages with a repeated name, with a DOCTYPE, over 64
//     KiB, or nested deeper than 32 levels. Messages about an account are also refused
//     if a name differs from WeChat's name only in upper and lower case.
//
// # Limits
//
// The package does not receive the pushes of WeChat Cloud Run, which are unsigned and
// come over a private network. It does not receive the messages to a third-party
// platform, which are encrypted for the platform. It does not reply with messages. It
// does not record which messages it has received.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push
package notice
