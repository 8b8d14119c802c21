import './chat.css';

export const metadata = { title: 'A chat that pays its agent' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
