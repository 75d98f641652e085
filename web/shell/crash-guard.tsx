import { Button } from 'antd';
import { Component, type ReactNode } from 'react';
import { Translation } from 'react-i18next';

/** A page that fails says so and leaves the rest standing. */
export class CrashGuard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Translation>
        {(t) => (
          <div className="state" role="alert">
            <h2>{t('problem.crashed')}</h2>
            <p>{t('problem.unknown')}</p>
            <div className="acts">
              <Button onClick={() => window.location.reload()}>{t('problem.reload')}</Button>
            </div>
          </div>
        )}
      </Translation>
    );
  }
}
