-- When a person wrote last to a WhatsApp or Messenger sender; before this step the log of texts is all there is.
CREATE TABLE reply_window (
    sender_sid TEXT NOT NULL, person TEXT NOT NULL, opened INTEGER NOT NULL, PRIMARY KEY (sender_sid, person))
    WITHOUT ROWID;
INSERT INTO reply_window SELECT sender_sid, from_, max(date_created) FROM message
    WHERE direction = 'inbound' AND sender_sid IS NOT NULL
    AND (from_ LIKE 'whatsapp:%' OR from_ LIKE 'messenger:%') GROUP BY sender_sid, from_;
